package inspect

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestNamesOfAnyBytes: a file whose name is no text is inspected like all, alone and in
// a folder; what leads out of the folder is not there.
func TestNamesOfAnyBytes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("names are text on this system")
	}
	folder := t.TempDir()
	name := "m\xff\x01.pkl"
	if err := os.WriteFile(filepath.Join(folder, name), []byte(evil), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := pickle.NewVetting("")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = New(v, DefaultBudget()).Tree(context.Background(), Disk(folder), func(p Part) error {
		if found++; p.Verdict != pickle.Malicious || p.Path != name {
			t.Errorf("%q: %s, %s: %s", p.Path, p.Status, p.Verdict, p.Reason)
		}
		return nil
	})
	if err != nil || found != 1 {
		t.Error(found, err)
	}
	s, closing, err := Open(Disk(folder), name)
	if err != nil {
		t.Fatal(err)
	}
	defer closing()
	if _, err := s.Beside("../" + filepath.Base(folder) + "/" + name); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("beside, by a way out: %v", err)
	}
}
