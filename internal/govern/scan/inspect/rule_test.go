package inspect

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestRulePages: each constant that is a rule has a page, and each page is of a
// rule that stands in the code.
func TestRulePages(t *testing.T) {
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]bool{}
	for _, r := range rules {
		pages[r.ID] = true
	}
	named, texts := map[string]string{}, map[string]bool{}
	for _, folder := range []string{".", "../../../../ml/pickle", "../../../foundation/archive"} {
		ruleConstants(t, folder, named, texts)
	}
	for id, constant := range named {
		if !pages[id] {
			t.Errorf("%s is %q, which has no page", constant, id)
		}
	}
	for id := range pages {
		if !texts[id] {
			t.Errorf("rules/%s.md is of no rule in the code", id)
		}
	}
}

// ruleConstants adds the constants of a folder whose names begin with Rule, and
// all texts of its code.
func ruleConstants(t *testing.T, folder string, named map[string]string, texts map[string]bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(folder, err)
	}
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
		ast.Inspect(parsed, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					texts[text] = true
				}
			}
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range spec.Names {
				if i >= len(spec.Values) || !strings.HasPrefix(strings.ToLower(name.Name), "rule") {
					continue
				}
				if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if id, err := strconv.Unquote(lit.Value); err == nil {
						named[id] = name.Name
					}
				}
			}
			return true
		})
	}
}
