package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Still is a store that nobody writes to and that is read as it lies: the folder of
// SQLite's file may be one that nobody can write to, and no byte in it changes.
type Still struct {
	*DB
	// Copied is how many bytes were copied, to be removed by Close: where a process
	// that was killed left records beside SQLite's file, reading them would fold them
	// into it, so that is done to a copy. 0 where the file itself is read.
	Copied int64

	source string // SQLite's file, "" on PostgreSQL
	folder string // of the copy, "" for none
	lay    [len(beside)]lying
}

// beside are what SQLite keeps of one store: the file, its log of writes not yet
// folded in, and that of an older kind.
var beside = [...]string{"", "-wal", "-journal"}

// lying is how one of these was found, the zero value for one that is not there.
type lying struct {
	bytes int64
	time  time.Time
}

// OpenStill opens a store as it lies. Its options are read only, whatever they say.
// Whoever reads it asks Check in the end whether it lay still.
func OpenStill(ctx context.Context, address string, o Options) (_ *Still, err error) {
	o.ReadOnly = true
	config, err := parse(address)
	if err != nil {
		return nil, err
	}
	if config != nil {
		db, err := Open(ctx, address, o)
		return &Still{DB: db}, err
	}
	s := &Still{}
	if s.source, err = filepath.Abs(address); err != nil {
		return nil, fmt.Errorf("rows: %s: %w", address, err)
	}
	if s.lay, err = lie(s.source); err != nil {
		return nil, err
	}
	path, may := s.source, readsStill
	if s.lay[1].bytes > 0 || s.lay[2].bytes > 0 {
		if err := s.copy(ctx); err != nil {
			return nil, s.abandoned(err)
		}
		path, may = filepath.Join(s.folder, filepath.Base(s.source)), readsBeside
	}
	if s.DB, err = openReader(ctx, path, may, o); err != nil {
		return nil, s.abandoned(err)
	}
	s.address, s.path = address, s.source
	return s, nil
}

// lie looks how the files of a store lie.
func lie(path string) (all [len(beside)]lying, err error) {
	for i, suffix := range beside {
		info, err := os.Stat(path + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return all, fmt.Errorf("rows: open %s: %w", path+suffix, err)
		}
		all[i] = lying{info.Size(), info.ModTime()}
	}
	return all, nil
}

// Check refuses what was read while somebody wrote to it. fault.Conflict.
func (s *Still) Check() error {
	if s.source == "" {
		return nil
	}
	now, err := lie(s.source)
	if err == nil && now != s.lay {
		err = fault.WithHint(fault.New(fault.Conflict, "The store %s was written to while it was read as it lies.", s.address), "repeat it: a server that runs is asked itself")
	}
	return err
}

// Close closes the store and removes what was copied.
func (s *Still) Close() error { return errors.Join(s.DB.Close(), s.remove()) }

// abandoned removes what was copied of a store that cannot be opened.
func (s *Still) abandoned(err error) error {
	_ = s.remove() // the reason is what keeps it from being opened
	return explain(err)
}

// copy copies the files of the store to a folder of this user alone.
func (s *Still) copy(ctx context.Context) (err error) {
	if s.folder, err = os.MkdirTemp("", "tacit-still-*"); err != nil { // mode 0700
		return uncopied(err, os.TempDir())
	}
	for i, suffix := range beside {
		if s.lay[i].bytes == 0 {
			continue
		}
		to := filepath.Join(s.folder, filepath.Base(s.source)+suffix)
		if err := copyFile(ctx, s.source+suffix, to); err != nil {
			return uncopied(err, s.folder)
		}
		s.Copied += s.lay[i].bytes
	}
	return nil
}

func uncopied(err error, to string) error {
	return fault.WithHint(fault.Because(err, fault.Unavailable, "The store was left by a process that was killed, and cannot be copied to %s to be read.", to),
		"have TMPDIR name a folder with as much space as the store takes, or let tacit up start on it")
}

func (s *Still) remove() error {
	if s.folder == "" {
		return nil
	}
	return os.RemoveAll(s.folder)
}

// copiedAtOnce is how much is copied before it is asked whether it is still wanted.
const copiedAtOnce = 8 << 20

func copyFile(ctx context.Context, from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.CopyN(target, source, copiedAtOnce); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
