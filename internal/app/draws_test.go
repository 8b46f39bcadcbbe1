package app

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// drawsFreely reports whether a name of a package draws without a seed.
func drawsFreely(from, name string) bool {
	switch from {
	case "pgregory.net/rapid":
		return name == "Check" || name == "MakeCheck"
	case "math/rand/v2":
		return !slices.Contains([]string{"Rand", "Source", "New", "NewPCG", "NewChaCha8"}, name)
	case "crypto/rand":
		return name != "Reader" // keys and ids are nobody else's
	case "math/rand", "testing/quick":
		return true
	}
	return false
}

// A test that draws anew at every run is red and green for one commit: what is
// drawn comes through foundation/draw, or has its seed written beside it.
func TestTestsDrawWithASeed(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"internal/foundation/draw/draw.go":              "it is the door",
		"internal/foundation/rows/rowstest/rowstest.go": "no other process may have the name of a database",
	}
	used, read := map[string]bool{}, 0
	for _, s := range sources(t) {
		if !s.isTest() && !strings.HasPrefix(s.path, "test/") && !strings.HasSuffix(s.folder(), "test") && s.folder() != "internal/foundation/draw" {
			continue
		}
		read++
		packages := map[string]string{} // by the name that this file gives them
		for _, i := range s.file.Imports {
			from, _ := strconv.Unquote(i.Path.Value)
			name := path.Base(strings.TrimSuffix(from, "/v2"))
			if i.Name != nil {
				name = i.Name.Name
			}
			packages[name] = from
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			x, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := x.X.(*ast.Ident); ok && drawsFreely(packages[of.Name], x.Sel.Name) {
				if used[s.path] = true; allowed[s.path] == "" {
					t.Errorf("%s uses %s.%s: draw through internal/foundation/draw, whose seed is the same at every run", s.path, of.Name, x.Sel.Name)
				}
			}
			return true
		})
	}
	for path := range allowed {
		if !used[path] {
			t.Errorf("%s is listed and needs no leave any more", path)
		}
	}
	if read < 100 {
		t.Errorf("only %d files of tests: the test does not see them", read)
	}
}
