package ui_test

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/parser/v2"
)

// TestTemplatesAreGenerated fails when a template was changed and its Go code
// was not written anew.
func TestTemplatesAreGenerated(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".templ") {
			return err
		}
		seen++
		template, err := parser.Parse(path)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		name := "internal/ui/" + filepath.ToSlash(path)
		if _, err := generator.Generate(template, &b, generator.WithFileName(name), generator.WithVersion(templ.Version())); err != nil {
			return err
		}
		want, err := format.Source(b.Bytes())
		if err != nil {
			return err
		}
		got, err := os.ReadFile(strings.TrimSuffix(path, ".templ") + "_templ.go")
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is newer than its Go code: run make generate", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 3 {
		t.Fatalf("saw %d templates: the test does not read the folder", seen)
	}
}
