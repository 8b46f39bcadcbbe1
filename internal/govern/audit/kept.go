package audit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// KeptName is the file of the folder that keeps the newest checkpoint.
const KeptName = "audit.checkpoint"

// replacedSuffix names the file beside it that says what it said before a restore,
// until an entry of the log tells that.
const replacedSuffix = ".replaced"

// accepting says how an operator has another log taken for the one that was
// signed.
const accepting = "tacit audit verify tells more; where an older state was put in place on purpose: tacit audit checkpoint --accept"

// keeper keeps the newest checkpoint where whoever writes the store alone does
// not reach it: in this process, and in a file for the next one. The file is
// believed as it lies, also after its key was retired: whoever could change it
// could remove it as well.
type keeper struct {
	path string // "" to keep nothing beyond this process

	mu     sync.Mutex
	newest Checkpoint // zero for none
	filed  string     // the note in the file
	name   string     // what a problem calls the newest
	broken error      // why the file, which was there, is no checkpoint
}

// openKeeper reads what another process left in the file.
func openKeeper(path string) *keeper {
	k := &keeper{path: path, name: "The checkpoint in the file " + filepath.Base(path)}
	if path == "" {
		return k
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k
	}
	if err == nil {
		k.filed = string(text)
		if k.newest, err = openCheckpoint(k.filed, nil); errors.Is(err, errUnknownKey) {
			err = nil
		}
	}
	k.broken = err
	return k
}

// known is the newest checkpoint that this process or the one before it signed
// or found signed, the zero one for none; an error when the file holds none.
func (k *keeper) known() (Checkpoint, string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.newest, k.name, k.broken
}

// keep keeps a checkpoint that holds all of what is due.
func (k *keeper) keep(c Checkpoint) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.Size < k.newest.Size && !c.Time.After(k.newest.Time) {
		return nil // another call was faster
	}
	return k.put(c)
}

// replace keeps a checkpoint whatever was kept before.
func (k *keeper) replace(c Checkpoint) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.put(c)
}

func (k *keeper) put(c Checkpoint) error {
	k.newest, k.name, k.broken = c, "The checkpoint that this server remembers", nil
	if k.path == "" || k.filed == c.Note {
		return nil
	}
	if err := replace(k.path, c.Note); err != nil {
		return fault.Because(err, fault.Unavailable, "The checkpoint of the audit log cannot be kept in %s.", k.path)
	}
	k.filed = c.Note
	return nil
}

// KeepRestored has the file say what a store says that was just restored, whose
// log is rightly another, or a shorter one, than the file knew. What the file said
// lies beside it until the next server's log tells it.
func KeepRestored(ctx context.Context, r rows.Reader, path string) (err error) {
	defer fault.Wrap(&err, "audit.KeepRestored")
	if text, err := os.ReadFile(path); err == nil {
		if err := replace(path+replacedSuffix, string(text)); err != nil {
			return unrestored(err, path)
		}
	}
	last, err := rows.One(ctx, r, scanCheckpoint, selectLastCheckpoint)
	switch {
	case rows.IsNone(err):
		if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	case err == nil:
		err = replace(path, last.note)
	default:
		return err
	}
	if err != nil {
		return unrestored(err, path)
	}
	return nil
}

func unrestored(err error, path string) error {
	return fault.WithHint(fault.Because(err, fault.Unavailable, "All was restored, and %s cannot be written.", path), "after tacit up: tacit audit checkpoint --accept")
}

// replace writes a file whole, for this user alone: after a failure of power the
// old text or the new one is there.
func replace(path, text string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
