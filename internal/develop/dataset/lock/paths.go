package lock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// holder is a process that reads or writes a path.
type holder struct {
	PID     int    `json:"pid"`
	Command string `json:"cmd"`
}

// table is the file rwlock.
type table struct {
	Write map[string]holder   `json:"write,omitempty"`
	Read  map[string][]holder `json:"read,omitempty"`
}

// Paths are the paths that a command holds.
type Paths struct {
	folder      string
	own         holder
	read, write []string
}

// HoldPaths says in the folder's rwlock, usually .dvc/tmp, that a command reads
// and writes these absolute paths. Where another process that is alive writes one
// of them, or one above or below, or reads what is to be written, it is
// fault.Conflict with the processes.
func HoldPaths(ctx context.Context, folder, command string, read, write []string) (*Paths, error) {
	p := &Paths{folder: folder, own: holder{os.Getpid(), command}}
	err := p.edit(ctx, func(t *table) error {
		if err := p.blocked(t, read, write); err != nil {
			return err
		}
		for _, path := range read {
			if !slices.Contains(t.Read[path], p.own) {
				t.Read[path] = append(t.Read[path], p.own)
				p.read = append(p.read, path)
			}
		}
		for _, path := range write {
			if t.Write[path] != p.own {
				t.Write[path] = p.own
				p.write = append(p.write, path)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Release takes the paths out again.
func (p *Paths) Release(ctx context.Context) error {
	return p.edit(ctx, func(t *table) error {
		for _, path := range p.write {
			if t.Write[path] == p.own {
				delete(t.Write, path)
			}
		}
		for _, path := range p.read {
			t.drop(path, p.own)
		}
		return nil
	})
}

func (t *table) drop(path string, h holder) {
	t.Read[path] = slices.DeleteFunc(t.Read[path], func(other holder) bool { return other == h })
	if len(t.Read[path]) == 0 {
		delete(t.Read, path)
	}
}

// blocked drops what dead processes left on the paths, and tells of living ones.
func (p *Paths) blocked(t *table, read, write []string) error {
	var blockers []string
	wanted := ""
	for path, h := range t.Write {
		w := overlapping(path, slices.Concat(read, write))
		switch {
		case w == "" || h == p.own:
		case !alive(h.PID):
			delete(t.Write, path)
		default:
			wanted, blockers = w, append(blockers, h.String())
		}
	}
	for path, all := range t.Read {
		w := overlapping(path, write)
		for _, h := range slices.Clone(all) {
			switch {
			case w == "" || h == p.own:
			case !alive(h.PID):
				t.drop(path, h)
			default:
				wanted, blockers = w, append(blockers, h.String())
			}
		}
	}
	if len(blockers) == 0 {
		return nil
	}
	slices.Sort(blockers)
	return fault.WithHint(fault.New(fault.Conflict, "'%s' is busy, it is being blocked by:\n%s", wanted, strings.Join(slices.Compact(blockers), "\n")),
		"If there are no processes with such PIDs, you can manually remove '%s' and try again.", filepath.Join(p.folder, "rwlock"))
}

func (h holder) String() string { return fmt.Sprintf("  (PID %d): %s", h.PID, h.Command) }

// overlapping is the first of the paths that is the path, or above or below it.
func overlapping(path string, paths []string) string {
	for _, p := range paths {
		if p == path || strings.HasPrefix(p, path+string(filepath.Separator)) || strings.HasPrefix(path, p+string(filepath.Separator)) {
			return p
		}
	}
	return ""
}

// edit changes the table under its guard. An error leaves the file as it was.
func (p *Paths) edit(ctx context.Context, change func(*table) error) (err error) {
	guard, err := Take(ctx, filepath.Join(p.folder, "rwlock.lock"), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, guard.Release()) }()
	path := filepath.Join(p.folder, "rwlock")
	t, err := readTable(path)
	if err != nil {
		return err
	}
	if err := change(t); err != nil {
		return err
	}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	// Beside it first: a process that is killed here leaves a table that can be read. The
	// name may be fixed, since who writes holds the guard.
	beside := path + ".new"
	if err := os.WriteFile(beside, text, 0o666); err != nil { //nolint:gosec // the repository's own file, with its users' rights
		return err
	}
	return os.Rename(beside, path)
}

// maxTable is how long an rwlock is that is read, in bytes.
const maxTable = 64 << 20

func readTable(path string) (*table, error) {
	t := &table{}
	text, err := os.ReadFile(path) //nolint:gosec // the repository's own file
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case len(text) > maxTable:
		return nil, fault.New(fault.Limit, "RWLock-file '%s' has more than %d bytes.", path, maxTable)
	default:
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(t); err != nil || d.More() {
			return nil, fault.WithHint(fault.Because(err, fault.Invalid, "Unable to read RWLock-file '%s'. JSON structure is corrupted.", path),
				"when no dvc and no tacit runs in this repository, delete it")
		}
	}
	if t.Write == nil {
		t.Write = map[string]holder{}
	}
	if t.Read == nil {
		t.Read = map[string][]holder{}
	}
	return t, nil
}
