//go:build unix

package disk

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// failing is a stream that ends as a full disk ends a write.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "x", Err: f.err}
}

func TestNoSpaceIsUnavailable(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	now := time.Unix(0, 0)
	w := blobs.Watch(s, func() time.Time { return now })
	for _, reason := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		now = now.Add(time.Hour)
		_, err := w.Put(t.Context(), "a/b", io.MultiReader(strings.NewReader("half"), failing{reason}), blobs.Unknown)
		if !fault.Is(err, fault.Unavailable) || !errors.Is(err, reason) || fault.HintOf(err) == "" {
			t.Errorf("%v: %v with the hint %q", reason, err, fault.HintOf(err))
		}
		if entries, err := w.List(t.Context(), blobs.List{Deep: true}); err != nil || len(entries) != 0 {
			t.Errorf("%v: %v stays, %v", reason, entries, err)
		}
		// There is room, so the probe finds it.
		if err := w.Writable(t.Context()); err != nil {
			t.Errorf("%v: after the probe: %v", reason, err)
		}
	}
	if _, err := w.Put(t.Context(), "a/b", failing{syscall.ECONNRESET}, blobs.Unknown); fault.Is(err, fault.Unavailable) {
		t.Errorf("a client that went away is taken for a full disk: %v", err)
	}
}
