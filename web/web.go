// Package web holds the style sheets, the scripts and the mark of the pages,
// and serves them under names that change with their content.
//
// Words. The style sheets are sources (css/) that a browser reads as they are;
// the islands are TypeScript (src/) and exist only once built into dist/ by
// `go run ./web/build`. A binary built without them serves pages that lack
// nothing but what the islands add.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

//go:embed css/*.css img/mark.svg
var sources embed.FS

//go:embed all:dist
var built embed.FS

// Manifest is what the build writes to dist/manifest.json: the names of its
// outputs by kind.
type Manifest struct {
	Styles  []string `json:"styles"`
	Scripts []string `json:"scripts"`
}

// Assets are the files, ready to be served.
type Assets struct {
	Styles  []string // in the order of the cascade
	Scripts []string // none when they were not built
	Mark    string

	files map[string]file
}

type file struct {
	kind   string
	plain  []byte
	zipped []byte // gzip, nil when it does not help
}

// order of the cascade of the sources.
const order = "tokens.css shell.css kit.css charts.css classes.css pages.css"

// Load reads what is compiled in.
func Load() (*Assets, error) { return load(sources, built) }

func load(sources, built fs.FS) (*Assets, error) {
	a := &Assets{files: map[string]file{}}
	mark, err := fs.ReadFile(sources, "img/mark.svg")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if a.Mark, err = a.add("mark.svg", mark); err != nil {
		return nil, err
	}
	manifest, err := fs.ReadFile(built, "dist/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, a.addSources(sources)
	}
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(manifest, &m); err != nil {
		return nil, fmt.Errorf("web: dist/manifest.json: %w", err)
	}
	a.Styles, a.Scripts = m.Styles, m.Scripts
	entries, err := fs.ReadDir(built, "dist")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() || e.Name() == "manifest.json" || e.Name() == ".gitkeep" {
			continue
		}
		content, err := fs.ReadFile(built, "dist/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		if err := a.keep(e.Name(), content); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *Assets) addSources(sources fs.FS) error {
	var all bytes.Buffer
	for name := range strings.FieldsSeq(order) {
		sheet, err := fs.ReadFile(sources, "css/"+name)
		if err != nil {
			return fmt.Errorf("web: %w", err)
		}
		all.Write(sheet)
	}
	name, err := a.add("tacit.css", all.Bytes())
	a.Styles = []string{name}
	return err
}

// add keeps content under a name that holds its hash.
func (a *Assets) add(name string, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:5]) + ext
	return hashed, a.keep(hashed, content)
}

func (a *Assets) keep(name string, content []byte) error {
	f := file{kind: kindOf(name), plain: content}
	if len(content) > 1000 {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return fmt.Errorf("web: %w", err)
		}
		if _, err := z.Write(content); err != nil {
			return fmt.Errorf("web: %w", err)
		}
		if err := z.Close(); err != nil {
			return fmt.Errorf("web: %w", err)
		}
		f.zipped = b.Bytes()
	}
	a.files[name] = f
	return nil
}

func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// Serve answers with the file of a name, to be kept for a year: its name
// changes when it does.
func (a *Assets) Serve(w http.ResponseWriter, r *http.Request, name string) error {
	f, ok := a.files[name]
	if !ok {
		return fault.New(fault.NotFound, "There is no file %s.", name)
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	content := f.plain
	if f.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(f.zipped)))
		content = f.zipped
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	return nil
}
