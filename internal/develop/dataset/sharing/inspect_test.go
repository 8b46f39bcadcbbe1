package sharing_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
)

// inspect gives what is found, a line each, by the last two parts of places.
func (c *copy) inspect(repair bool) string {
	c.t.Helper()
	all, _, err := c.sharing().Inspect(context.Background(), sharing.Inspection{Request: sharing.Request{Cwd: c.root}, Now: time.Now(), Repair: repair, Remotes: true})
	if err != nil {
		c.t.Fatal(err)
	}
	var said []string
	for _, f := range all {
		place := f.Place
		if filepath.IsAbs(place) {
			place = strings.TrimPrefix(place, filepath.Dir(c.root)+"/")
			place, _, _ = strings.Cut(place, "/files/")
		}
		said = append(said, fmt.Sprint(f.Trouble, " ", place, map[bool]string{true: " mended"}[f.Mended]))
	}
	return strings.Join(said, ", ")
}

// spoil changes a file behind its mode.
func (c *copy) spoil(path string) {
	c.t.Helper()
	datasettest.Must(c.t, os.Chmod(path, 0o644))
	datasettest.Write(c.t, path, "spoiled")
	datasettest.Must(c.t, os.Chmod(path, 0o444))
}

// TestInspect: what dvc leaves behind, or lets be, is found and mended, and is not there the next time.
func TestInspect(t *testing.T) {
	c := open(t)
	c.track("data", data)
	for path, content := range data {
		c.write("data/"+path, content)
	}
	near := func(id object.ID) string {
		return filepath.Join(c.remote("near"), filepath.FromSlash(id.Path(object.Current)))
	}
	step := func(want string, mend ...string) {
		t.Helper()
		if got := c.inspect(false); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
		if got := c.inspect(true); len(mend) == 0 && got != strings.ReplaceAll(want+", ", ", ", " mended, ")[:max(len(strings.ReplaceAll(want+", ", ", ", " mended, "))-2, 0)] || len(mend) > 0 && got != mend[0] {
			t.Errorf("mended %q of %q", got, want)
		}
		if got := c.inspect(false); got != "" {
			t.Errorf("left: %q", got)
		}
	}
	step("unsent data, unsent data/rest, unsent data/sub/1, unsent data/sub/2")
	// (a) the listing is in the remote, and not all of its files.
	datasettest.Must(t, os.Remove(near(file("1"))))
	step("unsent data/sub/1")
	// (f) an object that was cut short in the remote.
	c.spoil(near(file("rest")))
	step("damaged near", "damaged near mended, unsent data/rest mended")
	// One that changed in the cache comes again from the remote.
	c.spoil(c.cache(object.Current).Path(file("2")))
	step("damaged repository/.dvc/cache")
	if got := datasettest.Read(t, c.cache(object.Current).Path(file("2"))); got != "2" {
		t.Errorf("it is %q", got)
	}
	// (g) files that nobody will finish, and one that somebody may.
	for name, age := range map[string]time.Duration{".0123456789abcdefghij-_.tmp": 2 * time.Hour, ".0123456789abcdefghijkl.tmp": 0, ".short.tmp": 2 * time.Hour} {
		path := filepath.Join(c.root, ".dvc", "cache", "files", "md5", "ab", name)
		datasettest.Write(t, path, "x")
		datasettest.Must(t, os.Chtimes(path, time.Now(), time.Now().Add(-age)))
	}
	step("unfinished repository/.dvc/cache")
	// (h) an object that is nowhere comes from the working copy, where that has it still.
	datasettest.Must(t, os.Remove(near(file("1"))))
	datasettest.Must(t, os.Remove(c.cache(object.Current).Path(file("1"))))
	step("lost data/sub/1")
	if _, err := os.Stat(near(file("1"))); err != nil {
		t.Error("it was not sent again:", err)
	}
	datasettest.Must(t, os.Remove(near(file("1"))))
	datasettest.Must(t, os.Remove(c.cache(object.Current).Path(file("1"))))
	c.write("data/sub/1", "another")
	for _, repair := range []bool{false, true, false} {
		if got := c.inspect(repair); got != "lost data/sub/1" {
			t.Errorf("what is nowhere is told: %q", got)
		}
	}
}

// TestInspectAstray: what dvc pushed to the root of the file system comes to the remote.
func TestInspectAstray(t *testing.T) {
	c := open(t)
	c.track("data", data)
	c.push(sharing.Request{})
	root := t.TempDir()
	c.fileRoot = root
	near := c.remote("near")
	address, err := filepath.Rel(filepath.Join(c.root, ".dvc"), near)
	datasettest.Must(t, err)
	wrong := filepath.Join(root, filepath.Join("/.dvc", address))
	datasettest.Must(t, os.MkdirAll(filepath.Dir(wrong), 0o777))
	datasettest.Must(t, os.Rename(near, wrong))
	c.forget()
	if got := c.inspect(false); got != "astray data" {
		t.Errorf("found %q", got)
	}
	want := "astray data mended"
	for range data {
		want += ", astray data mended"
	}
	got := c.inspect(true)
	for path := range data {
		got = strings.Replace(got, "astray data/"+path, "astray data", 1)
	}
	if got != want {
		t.Errorf("mended %q, want %q", got, want)
	}
	if got := c.inspect(false); got != "" {
		t.Errorf("then %q", got)
	}
}
