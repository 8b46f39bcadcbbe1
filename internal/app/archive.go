package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/backup"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
)

// restoredName is the file of the folder that says what was restored, until a server
// has told it: the key that seals entries need not be there before.
const restoredName = "restored.json"

// ArchiveOf is what is told of an archive, by who runs the command where.
func ArchiveOf(file string, s backup.Summary) Archive {
	a := Archive{Made: s.Time.UTC(), File: file, Tables: s.Tables, Records: s.Records, Blobs: s.Blobs, Bytes: s.Bytes}
	if host, err := os.Hostname(); err == nil {
		a.Host = host
	}
	if who, err := user.Current(); err == nil {
		a.User = who.Username
	}
	return a
}

// Serves reports whether the server that uses the folder has its records where the
// settings say.
func (s Settings) Serves(ctx context.Context) bool {
	if !folder.Answers(ctx, s.Dir) {
		return false
	}
	held := folder.HolderOf(s.Dir).Rows
	if held == "" || s.inFolder() {
		return held == "" && s.inFolder()
	}
	return whereIs(held) == whereIs(rows.Told(s.Rows))
}

// whereIs is an address, the path of a file made absolute.
func whereIs(address string) string {
	if path, err := filepath.Abs(address); err == nil && !strings.Contains(address, "://") {
		return path
	}
	return address
}

// TellBackup has the audit log of a store without a server of this folder tell of an
// archive, and changes nothing else: its schemas must be those of this program. The
// next server signs what the log tells.
func TellBackup(ctx context.Context, s Settings, log *slog.Logger, a Archive) (err error) {
	defer fault.Wrap(&err, "app.TellBackup")
	if err := s.MustExist(); err != nil {
		return err
	}
	if s.inFolder() {
		locked, err := folder.Open(s.Dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, locked.Close()) }()
	}
	ids := id.NewSource(s.Now, s.Random)
	db, err := rows.Open(ctx, s.RowsAddress(s.Dir), rows.Options{Now: s.Now, Spread: ids.Spread, Log: log})
	if err != nil {
		return unopened(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	versions, err := db.Versions(ctx, Schemas())
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.Has != v.Newest {
			return fault.New(fault.Conflict, "The store was written by another version of tacit.")
		}
	}
	box, err := secret.Open(ctx, secret.Config{DB: db, Now: s.Now, Random: s.Random, File: s.MasterKey(s.Dir)})
	if err != nil {
		return err
	}
	seal, err := box.Derived(sealPurpose)
	if err != nil {
		return err
	}
	c := caller.Local(caller.DefaultWorkspace)
	c.Origin.Client = "tacit backup"
	return archived(caller.With(ctx, c), db, event.NewSealedLog(db, ids, s.Now, log, seal), a)
}

// leaveRestored leaves in the folder what was restored.
func leaveRestored(locked *folder.Folder, a Archive) error {
	text, err := json.Marshal(a)
	if err == nil {
		err = os.WriteFile(locked.Join(restoredName), append(text, '\n'), 0o600)
	}
	if err != nil {
		return fault.Because(err, fault.Unavailable, "All was restored, and %s cannot be written: the audit log will not tell of it.", locked.Join(restoredName))
	}
	return nil
}

// tellRestored has the audit log tell what was restored here before this start.
func (h *House) tellRestored(ctx context.Context) error {
	path := h.folder.Join(restoredName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var a Archive
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	if err == nil {
		c := caller.Local(caller.DefaultWorkspace)
		c.Origin.Client = "tacit restore"
		err = restored(caller.With(ctx, c), h.Rows, h.Events, a)
	}
	if err != nil {
		return fault.Because(err, fault.Internal, "The audit log cannot tell what %s says.", path)
	}
	return os.Remove(path)
}
