package link_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
)

// TestMake: each type that the file system has gives the bytes, and shares them or not as it says.
func TestMake(t *testing.T) {
	for _, typ := range []link.Type{link.Reflink, link.Hardlink, link.Symlink, link.Copy} {
		for name, content := range map[string]string{"full": "bytes", "empty": ""} {
			folder := t.TempDir()
			from, to := filepath.Join(folder, "from"), filepath.Join(folder, "to")
			datasettest.Write(t, from, content)
			err := link.Make(typ, from, to)
			if errors.Is(err, link.ErrUnsupported) && typ == link.Reflink {
				if _, err := os.Lstat(to); !os.IsNotExist(err) {
					t.Errorf("%s of an %s file failed and left something: %v", typ, name, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s of an %s file: %v", typ, name, err)
			}
			if got, err := os.ReadFile(to); err != nil || string(got) != content {
				t.Errorf("%s of an %s file has %q, %v", typ, name, got, err)
			}
			if err := link.Make(typ, from, to); !os.IsExist(err) {
				t.Errorf("%s over a file that is there: %v", typ, err)
			}
			datasettest.Write(t, from, "changed")
			got, err := os.ReadFile(to)
			if shared := string(got) == "changed"; err != nil || shared != (typ.Shared() && !(typ == link.Hardlink && content == "")) {
				t.Errorf("%s of an %s file: shared is %v, %v", typ, name, shared, err)
			}
		}
	}
}

// TestReplace puts a link in a file's place and leaves nothing beside it.
func TestReplace(t *testing.T) {
	folder := t.TempDir()
	from, to := filepath.Join(folder, "from"), filepath.Join(folder, "to")
	datasettest.Write(t, from, "bytes")
	for _, typ := range []link.Type{link.Copy, link.Hardlink, link.Hardlink, link.Symlink} {
		if typ == link.Copy {
			datasettest.Write(t, to, "former")
		}
		if err := link.Replace(typ, from, to, ".new"); err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		if got, err := os.ReadFile(to); err != nil || string(got) != "bytes" {
			t.Errorf("%s has %q, %v", typ, got, err)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestFirst takes the first type that works and leaves both folders empty.
func TestFirst(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	got, err := link.First([]link.Type{link.Reflink, link.Hardlink, link.Copy}, from, to)
	if err != nil || got != link.Reflink && got != link.Hardlink {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := link.First(nil, from, to); !errors.Is(err, link.ErrUnsupported) {
		t.Errorf("no type to try: %v", err)
	}
	if _, err := link.First(link.Default(), from, filepath.Join(to, "absent")); err == nil || errors.Is(err, link.ErrUnsupported) {
		t.Errorf("a folder that is not there: %v", err)
	}
	for _, folder := range []string{from, to} {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

// TestParseTypes reads cache.type as DVC's config has it.
func TestParseTypes(t *testing.T) {
	got, err := link.ParseTypes("Reflink, copy")
	if diff := cmp.Diff(link.Default(), got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := link.ParseTypes("hardlink,,copy"); err == nil {
		t.Error("an empty type was taken")
	}
}
