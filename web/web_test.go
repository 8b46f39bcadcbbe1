package web

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, a *Assets, name, encoding string) (string, string) {
	t.Helper()
	r := httptest.NewRequest("GET", "/static/"+name, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	if err := a.Serve(w, r, name); err != nil {
		t.Fatal(err)
	}
	if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("%s: Cache-Control is %q", name, got)
	}
	if w.Header().Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), w.Header().Get("Content-Type")
	}
	return w.Body.String(), w.Header().Get("Content-Type")
}

func TestStylesAreThereWithoutABuild(t *testing.T) {
	t.Parallel()
	a, err := load(sources, fstest.MapFS{"dist/.gitkeep": {}})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Scripts) != 0 || len(a.Styles) != 1 {
		t.Fatalf("scripts %v, styles %v", a.Scripts, a.Styles)
	}
	plain, kind := get(t, a, a.Styles[0], "")
	zipped, _ := get(t, a, a.Styles[0], "gzip")
	if plain != zipped || !strings.HasPrefix(kind, "text/css") {
		t.Errorf("the same sheet is %d bytes plain and %d zipped, %s", len(plain), len(zipped), kind)
	}
	for _, want := range []string{"--surface:", ".table thead th", ".query.wrong"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the sheet has no %q", want)
		}
	}
}

func TestBuiltFilesAreServed(t *testing.T) {
	t.Parallel()
	a, err := load(sources, fstest.MapFS{
		"dist/manifest.json": {Data: []byte(`{"styles":["tacit-A1.css"],"scripts":["tacit-B2.js"]}`)},
		"dist/tacit-A1.css":  {Data: []byte("body{}")},
		"dist/tacit-B2.js":   {Data: []byte("export{}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if text, kind := get(t, a, "tacit-B2.js", ""); text != "export{}" || !strings.HasPrefix(kind, "text/javascript") {
		t.Errorf("got %q as %s", text, kind)
	}
	if err := a.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "manifest.json"); err == nil {
		t.Error("the manifest is served")
	}
}
