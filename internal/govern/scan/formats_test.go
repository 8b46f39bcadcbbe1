package scan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Each layer of a file must be allowed, of whatever part it is.
func TestFormatsAreOfEachLayer(t *testing.T) {
	t.Parallel()
	torch := Artifact{Path: "m.pt", Format: "zip > pickle p2", Members: []Member{{Path: "m.pt:a/data.pkl", Format: "zip > pickle p2"}, {Path: "m.pt:a/data/0", Format: "zip > tensor"}, {Path: "m.pt:a/version", Format: "zip > text"}}}
	many := Artifact{Path: "m.zip", Format: "zip > text", Members: slices.Repeat([]Member{{Path: "m.zip:a", Format: "zip > text"}}, mostListed)}
	for _, c := range []struct {
		formats string
		file    Artifact
		want    string
	}{
		{"", torch, ""},
		{"zip", torch, "m.pt"},
		{"pickle", torch, "m.pt"},
		{"zip pickle", torch, "m.pt:a/version"},
		{"zip pickle text", torch, ""},
		{"zip", Artifact{Path: "a", Format: "zip > tar > gzip > pickle p4"}, "a"},
		{"zip tar gzip", Artifact{Path: "a", Format: "zip > tar > gzip > pickle p4"}, "a"},
		{"zip tar gzip pickle", Artifact{Path: "a", Format: "zip > tar > gzip > pickle p4"}, ""},
		{"png", Artifact{Path: "a", Format: "png + pickle p0"}, "a"},
		{"safetensors", Artifact{Path: "a", Format: "safetensors"}, ""},
		{"onnx", Artifact{Path: "w.bin", Format: "numbers of model.onnx"}, ""},
		{"onnx", Artifact{Path: "w.bin", Format: "unknown"}, "w.bin"},
		{"zip text", many, "m.zip"}, // of those behind the last that is listed nothing is known
	} {
		p := Policy{Formats: strings.Fields(c.formats)}
		if file, format := p.foreign(&Report{Artifacts: []Artifact{c.file}}); file != c.want {
			t.Errorf("%q for %s: %q (%s), want %q", c.formats, c.file.Format, file, format, c.want)
		}
	}
}

// A word that no format has is refused with the one that was meant.
func TestFormatsAreWords(t *testing.T) {
	t.Parallel()
	p := Policy{Formats: []string{"zip", "pikle"}}
	err := p.checkFormats("policy.for[2]")
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), `policy.for[2].formats[1]: there is no format "pikle"`) || fault.HintOf(err) != `did you mean "pickle"?` {
		t.Errorf("%v, %s", err, fault.HintOf(err))
	}
	p.Formats = []string{"spreadsheets"}
	if err := p.checkFormats("policy"); !strings.Contains(fault.HintOf(err), "safetensors") {
		t.Errorf("%v, %s", err, fault.HintOf(err))
	}
}

// The words that a policy may name are all that package inspect gives.
func TestFormatWordsAreComplete(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("inspect/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	files = append(files, "../../foundation/archive/stream.go")
	known, found := strings.Fields(formatWords+partWords), 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range formatsIn(parsed) {
			word, _, _ := strings.Cut(text, " ")
			if found++; !slices.Contains(known, word) {
				t.Errorf("%s gives the format %q, which no policy may name", file, text)
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d formats were found in the sources", found)
	}
}

// formatsIn are the texts of a source that become formats: in fields of that name, in
// calls of what makes readings, in tables by a first column "name", and as compressions.
func formatsIn(file *ast.File) (all []string) {
	add := func(e ast.Expr) {
		ast.Inspect(e, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if text, err := strconv.Unquote(l.Value); err == nil {
					all = append(all, text)
				}
			}
			return true
		})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Format" {
				add(n.Value)
				return false
			}
		case *ast.AssignStmt:
			if to, ok := n.Lhs[0].(*ast.SelectorExpr); ok && to.Sel.Name == "Format" {
				if call, ok := n.Rhs[0].(*ast.CallExpr); !ok || len(call.Args) < 2 || !isNamed(call.Fun, "append") {
					add(n.Rhs[0])
				} else if _, ok := call.Args[1].(*ast.BasicLit); ok {
					add(call.Args[1])
				}
			}
			if to, ok := n.Lhs[0].(*ast.Ident); ok && to.Name == "format" {
				add(n.Rhs[0])
			}
		case *ast.CallExpr:
			if len(n.Args) > 0 && (isNamed(n.Fun, "whole") || isNamed(n.Fun, "unfinished") || isNamed(n.Fun, "soundness")) {
				add(n.Args[0])
			}
		case *ast.CompositeLit:
			if array, ok := n.Type.(*ast.ArrayType); ok {
				if of, ok := array.Elt.(*ast.StructType); ok && len(of.Fields.List) > 0 && of.Fields.List[0].Names[0].Name == "name" && strings.HasPrefix(fieldNames(of), "name at0 ") || ok && fieldNames(of) == "name first last " {
					for _, row := range n.Elts {
						add(row.(*ast.CompositeLit).Elts[0])
					}
				}
			}
		case *ast.ValueSpec:
			if isNamed(n.Type, "Compression") {
				add(n.Values[0])
			}
		}
		return true
	})
	return all
}

func fieldNames(s *ast.StructType) (all string) {
	for _, f := range s.Fields.List {
		for _, name := range f.Names {
			all += name.Name + " "
		}
	}
	return all
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
