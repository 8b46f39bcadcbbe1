package app

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
	"github.com/tacit-ml/tacit/internal/govern/audit"
)

// JudgeLog verifies the audit log of a folder that no server uses, as it lies: nothing
// is written, neither the leaves of entries that have none nor that it was verified.
// Against a checkpoint that was kept as well, "" for none. The folder may be one that
// nobody can write to; copied is how many bytes of it had to be copied for the time
// being, since a killed server left it. fault.NotFound where there is no store,
// fault.Conflict where an earlier tacit made it, or somebody wrote to it meanwhile.
func JudgeLog(ctx context.Context, s Settings, log *slog.Logger, checkpoint string) (_ rest.VerificationBody, copied int64, err error) {
	defer fault.Wrap(&err, "app.JudgeLog")
	if err := s.MustExist(); err != nil {
		return rest.VerificationBody{}, 0, err
	}
	db, err := rows.OpenStill(ctx, s.RowsAddress(s.Dir), rows.Options{Now: s.Now, Spread: id.NewSource(s.Now, s.Random).Spread, Log: log, Readers: 4})
	if err != nil {
		return rest.VerificationBody{}, 0, unopened(err)
	}
	defer func() {
		if closing := db.Close(); err == nil {
			err = closing
		}
	}()
	unserved, err := unservedLog(ctx, s, db.DB, log)
	if err != nil {
		return rest.VerificationBody{}, 0, err
	}
	v, err := unserved.Judge(caller.With(ctx, caller.Local(caller.DefaultWorkspace)), checkpoint)
	if moved := db.Check(); moved != nil {
		err = moved // whatever was found, it is not what lies there
	}
	return rest.VerificationOf(v), db.Copied, err
}

// unservedLog is the audit log of an open store that is only read.
func unservedLog(ctx context.Context, s Settings, db *rows.DB, log *slog.Logger) (*audit.Service, error) {
	versions, err := db.Versions(ctx, []rows.Schema{event.Schema(), secret.Schema(), {Name: audit.Room().Name, Files: audit.Room().Migrations}})
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if v.Has != v.Newest {
			return nil, fault.WithHint(fault.New(fault.Conflict, "The store was made by another tacit: its schema %s has version %d, this program's %d.", v.Name, v.Has, v.Newest),
				"start tacit up once, which brings an older store up to date")
		}
	}
	box, err := secret.Open(ctx, secret.Config{DB: db, Now: s.Now, Random: s.Random, File: s.MasterKey(s.Dir)})
	if err != nil {
		return nil, err
	}
	seal, err := box.Derived(sealPurpose)
	if err != nil {
		return nil, err
	}
	events := event.NewSealedLog(db, id.NewSource(s.Now, s.Random), s.Now, log, seal)
	return audit.New(audit.Config{DB: db, Events: events, Keys: box, Now: s.Now, Log: log, Kept: filepath.Join(s.Dir, audit.KeptName)}), nil
}

// examineLog looks at the audit log of a store that no server of the folder uses; the
// server of one that does is asked itself.
func examineLog(ctx context.Context, s Settings, db *rows.DB, log *slog.Logger) []Finding {
	if folderAnswers(s.Dir) {
		return nil
	}
	unserved, err := unservedLog(ctx, s, db, log)
	if err != nil {
		return nil // what is wrong with schema and key is found already
	}
	var all []Finding
	for _, f := range unserved.ExamineUnserved(ctx) {
		all = append(all, Finding(f))
	}
	return all
}
