package dataset

import (
	"fmt"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestEntryAt: what is at a path of a version is told apart from what is not there, and
// its bytes are found.
func TestEntryAt(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		at := l.pushFolder("r", map[string]string{"a.txt": "1", "a/x": "22", "a/y/z": "333"})
		none := l.pushFolder("r", nil)
		for path, want := range map[string]string{"": "true 3 6", "a": "true 2 5", "a/y": "true 1 3", "a/x": "false 1 2", "a.txt": "false 1 1"} {
			e, err := l.EntryAt(l.ctx, "r", at, path)
			if got := fmt.Sprint(e.Folder, " ", e.Files, " ", e.Bytes); err != nil || got != want {
				t.Errorf("%q is %s, %v, want %s", path, got, err, want)
			}
			if e.Folder {
				continue
			}
			if o, err := l.ObjectIn(l.ctx, "r", e.ID); err != nil || o.Size != e.Bytes {
				t.Errorf("%q: %v", path, err)
			}
			if one, err := l.EntryAt(l.ctx, "r", e.ID, ""); err != nil || one.ID != e.ID || one.Folder {
				t.Errorf("%q as a version: %+v, %v", path, one, err)
			}
		}
		if e, err := l.EntryAt(l.ctx, "r", none, ""); err != nil || !e.Folder || e.Files != 0 || e.Bytes != 0 {
			t.Errorf("a folder without files: %+v, %v", e, err)
		}
		for _, wrong := range []string{"b", "a/", "/a", "a/x/y", "a/../a.txt"} {
			if _, err := l.EntryAt(l.ctx, "r", at, wrong); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if _, err := l.EntryAt(l.ctx, "other", at, ""); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if _, err := l.ObjectIn(in("team"), "r", at); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if _, err := l.ObjectIn(l.ctx, "r", object.ID{}); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}
