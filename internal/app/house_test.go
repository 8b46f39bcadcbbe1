package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tacit-ml/tacit/"

// source is one parsed Go file of the repository.
type source struct {
	path    string // from the root: internal/cli/up.go
	file    *ast.File
	imports []string // of this module, from the root
	others  []string // of other modules and the standard library
	lines   int
	set     *token.FileSet
}

func (s source) folder() string { return filepath.ToSlash(filepath.Dir(s.path)) }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// sources reads the repository itself, so that the test cache sees a change.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		s := source{path: filepath.ToSlash(relative), file: file, lines: strings.Count(string(text), "\n"), set: set}
		for _, i := range file.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(name, module); ok {
				s.imports = append(s.imports, own)
			} else {
				s.others = append(s.others, name)
			}
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d Go files: the test does not read the repository", len(all))
	}
	return all
}

func TestPackageComments(t *testing.T) {
	t.Parallel()
	has := map[string]bool{}
	for _, s := range sources(t) {
		if !s.isTest() {
			comment := s.file.Doc.Text()
			has[s.folder()] = has[s.folder()] || strings.HasPrefix(comment, "Package ") || strings.HasPrefix(comment, "Command ")
		}
	}
	for folder, ok := range has {
		if !ok {
			t.Errorf("the package in %s has no comment that says what it is for", folder)
		}
	}
}

func TestFilesAreOfOneIdea(t *testing.T) {
	t.Parallel()
	const most = 400
	for _, s := range sources(t) {
		if s.lines > most && !strings.HasSuffix(s.path, "_templ.go") && !s.isTest() {
			t.Errorf("%s has %d lines, more than %d: split it by idea", s.path, s.lines, most)
		}
	}
}

// A function fits on a screen. One that only returns a value made of literals is
// a table, however long.
func TestFunctionsAreOfOneThought(t *testing.T) {
	t.Parallel()
	const most = 60
	read := 0
	for _, s := range sources(t) {
		if s.isTest() || strings.HasSuffix(s.path, "_templ.go") {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			read++
			n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			if n > most && !isTable(f.Body) {
				t.Errorf("%s: %s has %d lines, more than %d: part it by thought", s.path, f.Name.Name, n, most)
			}
		}
	}
	if read < 1000 {
		t.Errorf("only %d functions: the test does not see the sources", read)
	}
}

// isTable reports whether a function does nothing but return one table.
func isTable(body *ast.BlockStmt) bool {
	if len(body.List) != 1 {
		return false
	}
	back, ok := body.List[0].(*ast.ReturnStmt)
	if !ok || len(back.Results) != 1 {
		return false
	}
	_, table := back.Results[0].(*ast.CompositeLit)
	return table
}

func TestNamesOfTheTrade(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		name := filepath.Base(s.folder())
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "base"}, name) {
			t.Errorf("%s: %q says nothing; name the package after what it is about", s.path, name)
		}
	}
}

// What is made once and never changes may be a variable of a package: files
// compiled in, compiled expressions, errors, tables of words.
func TestNoGlobalsNoInit(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"internal/cli/cli.go":              "the linker sets the version",
		"internal/foundation/draw/draw.go": "rapid's settings are the process's: they are made once",
	}
	for _, s := range sources(t) {
		if s.isTest() || strings.HasSuffix(s.path, "_templ.go") {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					t.Errorf("%s has an init function: what must happen at the start happens in internal/app", s.path)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR && !constant(d, v) && allowed[s.path] == "" {
						t.Errorf("%s: the variable %s is a global: pass it in", s.path, v.Names[0].Name)
					}
				}
			}
		}
	}
}

// constant reports whether a package's variable is one that never changes.
func constant(d *ast.GenDecl, v *ast.ValueSpec) bool {
	if v.Names[0].Name == "_" || strings.Contains(d.Doc.Text()+v.Doc.Text()+v.Comment.Text(), "go:embed") {
		return true
	}
	for _, comments := range []*ast.CommentGroup{d.Doc, v.Doc} {
		if comments != nil && slices.ContainsFunc(comments.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed") }) {
			return true
		}
	}
	if len(v.Values) != 1 {
		return false
	}
	switch value := v.Values[0].(type) {
	case *ast.CompositeLit, *ast.SelectorExpr: // a table of words; another package's error
		return true
	case *ast.UnaryExpr:
		_, table := value.X.(*ast.CompositeLit)
		return table
	case *ast.CallExpr:
		name := ""
		switch f := value.Fun.(type) {
		case *ast.ArrayType: // bytes of a text
			return true
		case *ast.SelectorExpr:
			if x, ok := f.X.(*ast.Ident); ok {
				name = x.Name + "." + f.Sel.Name
			}
		}
		return slices.Contains([]string{"errors.New", "regexp.MustCompile", "strings.NewReplacer", "fault.New", "crc32.MakeTable"}, name)
	}
	return false
}

// Time and chance come from the composition: what reads a clock of its own
// cannot be tested at another time, what draws for itself not twice.
func TestTimeAndChanceArePassedIn(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"internal/foundation/draw/draw.go":                    "tests draw with its seed",
		"internal/foundation/rows/rowstest/rowstest.go":       "tests are given the world's own",
		"internal/foundation/blobs/blobstest/blobstest.go":    "a suite of tests, with a fixed seed",
		"internal/foundation/blobs/blobstest/upload.go":       "a suite of tests, beside the disk's own clock",
		"internal/foundation/blobs/s3/s3test/s3test.go":       "tests wait for a server of their own",
		"internal/foundation/files/storetest/storetest.go":    "tests wait for servers of their own",
		"internal/foundation/secret/secrettest/secrettest.go": "tests are given the world's own",
		"internal/govern/scan/fix/booster.go":                 "a proof draws by the seed that it prints",
		"internal/govern/scan/fix/skops.go":                   "a proof draws by the seed that it prints",
		"internal/govern/scan/fix/text.go":                    "a proof draws by the seed that it prints",
	}
	used := map[string]bool{}
	for _, s := range sources(t) {
		if f, _ := floor(s.folder()); f > 1 || !strings.HasPrefix(s.path, "internal/") || s.isTest() {
			continue
		}
		found := ""
		for _, o := range s.others {
			if o == "math/rand" || o == "math/rand/v2" || o == "crypto/rand" {
				found = o
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if x, ok := n.(*ast.SelectorExpr); ok {
				if of, ok := x.X.(*ast.Ident); ok && of.Name == "time" && (x.Sel.Name == "Now" || x.Sel.Name == "Since" || x.Sel.Name == "Until") {
					found = "time." + x.Sel.Name
				}
			}
			return true
		})
		if found == "" {
			continue
		}
		if used[s.path] = true; allowed[s.path] == "" {
			t.Errorf("%s uses %s: take the clock and the random bytes that internal/app passes in", s.path, found)
		}
	}
	for path := range allowed {
		if !used[path] {
			t.Errorf("%s is listed and needs no leave any more", path)
		}
	}
}
