package audit

import (
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// FuzzCheckpoint: whatever somebody gives as a checkpoint is read or refused,
// and only what was signed is believed.
func FuzzCheckpoint(f *testing.F) {
	key, err := newSigner(make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	c := Checkpoint{Size: 20, Root: tlog.RecordHash(nil), Time: time.UnixMicro(1).UTC()}
	text, err := note.Sign(&note.Note{Text: c.body()}, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(c.body())
	f.Add(origin + "\n-1\n\n\n— x y\n")
	f.Fuzz(func(t *testing.T, given string) {
		got, err := openCheckpoint(given, []signer{key})
		if err == nil && (got.Size != c.Size || got.Root != c.Root || got.Key != key.key) {
			t.Errorf("believed: %+v", got)
		}
		if read, err := parseBody(given); err == nil && read.Size < 0 {
			t.Errorf("a negative size: %+v", read)
		}
	})
}
