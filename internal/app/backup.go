package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/tacit-ml/tacit/internal/foundation/backup"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

// Backup writes an archive of what the settings name to w. A server may run on
// the same folder: the stores are read beside it. fault.NotFound when there is
// nothing to back up.
func Backup(ctx context.Context, s Settings, log *slog.Logger, w io.Writer, noBlobs bool) (_ backup.Summary, err error) {
	defer fault.Wrap(&err, "app.Backup")
	db, err := openToRead(ctx, s, log)
	if err != nil {
		return backup.Summary{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var store blobs.Store
	if !noBlobs {
		if store, err = openBlobs(s.BlobsAddress(s.Dir), s); err != nil {
			return backup.Summary{}, err
		}
		defer func() { err = errors.Join(err, closeBlobs(store)) }()
	}
	return backup.Write(ctx, db, Schemas(), store, w, backup.Options{NoBlobs: noBlobs, Version: s.Version, Now: s.Now})
}

// Restore fills the empty stores that the settings name from an archive, which file
// names, "-" for a stream. No server may run on the folder; the next one tells of it.
// newKey leaves out what the old master key sealed.
func Restore(ctx context.Context, s Settings, log *slog.Logger, r io.Reader, file string, newKey bool) (_ backup.Summary, err error) {
	defer fault.Wrap(&err, "app.Restore")
	locked, err := folder.Open(s.Dir)
	if err != nil {
		return backup.Summary{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, locked.Undo())
			return
		}
		err = locked.Close()
	}()
	db, err := rows.Open(ctx, s.RowsAddress(locked.Path()), rows.Options{Now: s.Now, Spread: id.NewSource(s.Now, s.Random).Spread, Log: log})
	if err != nil {
		return backup.Summary{}, unopened(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx, Schemas()); err != nil {
		return backup.Summary{}, err
	}
	store, err := openBlobs(s.BlobsAddress(locked.Path()), s)
	if err != nil {
		return backup.Summary{}, err
	}
	defer func() { err = errors.Join(err, closeBlobs(store)) }()
	schemas := Schemas()
	if newKey {
		forgetKeys(schemas)
	}
	summary, err := backup.Restore(ctx, db, schemas, store, r)
	if err != nil {
		return summary, err
	}
	return summary, errors.Join(keepRestored(ctx, db, locked), leaveRestored(locked, ArchiveOf(file, summary)))
}

// forgetKeys has what the master key sealed removed by the transaction that
// restores it: a store that holds the records holds no key that nobody opens.
func forgetKeys(schemas []rows.Schema) {
	for i, s := range schemas {
		if s.Name == secret.Schema().Name {
			schemas[i].Restored = secret.Forget
		}
	}
}

// openToRead opens the store of records beside the server that may write it.
func openToRead(ctx context.Context, s Settings, log *slog.Logger) (*rows.DB, error) {
	if err := s.MustExist(); err != nil {
		return nil, err
	}
	db, err := rows.Open(ctx, s.RowsAddress(s.Dir), rows.Options{Now: s.Now, Spread: id.NewSource(s.Now, s.Random).Spread, Log: log, ReadOnly: true})
	if err != nil {
		return nil, unopened(err)
	}
	return db, nil
}

// MustExist refuses to take a folder for a tacit's when none has its records
// there: fault.NotFound, or fault.Conflict when its tacit keeps them elsewhere.
func (s Settings) MustExist() error {
	file := s.sqliteFile(s.Dir)
	if file == "" {
		return nil
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if !s.inFolder() {
		return fault.WithHint(fault.New(fault.NotFound, "There are no records at %s.", file), "check --rows and TACIT_ROWS")
	}
	if elsewhere := folder.HolderOf(s.Dir).Rows; elsewhere != "" {
		return fault.WithHint(fault.New(fault.Conflict, "The tacit of %s keeps its records at %s.", s.Dir, elsewhere),
			"set TACIT_ROWS, and TACIT_BLOBS where it is set, as for that tacit")
	}
	return fault.WithHint(fault.New(fault.NotFound, "There is no tacit in %s.", s.Dir), "name its folder with --dir")
}

func unopened(err error) error {
	if fault.Is(err, fault.Invalid) || writable.Is(err) {
		return err // it has its own sentence and remedy
	}
	return fault.WithHint(fault.Because(err, fault.Unavailable, "The store of records cannot be opened."), "tacit doctor tells what is wrong with it")
}

func closeBlobs(store blobs.Store) error {
	if c, ok := store.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
