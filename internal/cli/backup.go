package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/backup"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// backupCommand writes an archive.
type backupCommand struct {
	place
	File    string `arg:"" help:"File to write, which must not be there yet; - for standard output."`
	NoBlobs bool   `name:"no-blobs" help:"Leave the bytes of artifacts out, where another backup holds them."`
}

// Help teaches.
func (backupCommand) Help() string {
	return `Records of one moment, and the bytes they name, in one file that tacit restore reads into SQLite or PostgreSQL,
onto a disk or into S3. A server may go on working meanwhile.

  tacit backup tacit-monday.tar.zst
  TACIT_ROWS=postgres://… TACIT_BLOBS=s3://… tacit backup --no-blobs records.tar.zst
  tacit backup - | ssh elsewhere tacit restore -

The audit log tells of it, in installation.backup.written.
The master key is left out: keep .tacit/master.key in another place, the secrets in the file cannot be opened without it.
Exit codes: 0 written · 2 could not write it · 3 there is no tacit here · 4 wrong usage`
}

// Run writes the file beside its name and renames it when it is whole.
func (c backupCommand) Run(ctx context.Context, t *terminal) error {
	settings, err := c.opening()
	if err != nil {
		return err
	}
	if c.File == "-" {
		return c.send(ctx, t, settings)
	}
	if _, err := os.Lstat(c.File); err == nil {
		return fault.WithHint(fault.New(fault.Exists, "%s is there already.", c.File), "choose another name: a backup replaces nothing")
	}
	part, err := os.CreateTemp(filepath.Dir(c.File), "."+filepath.Base(c.File)+".*") // mode 0600
	if err != nil {
		hint := "name a file in a folder that you may write to"
		if errors.Is(err, fs.ErrNotExist) {
			hint = "make the folder " + filepath.Dir(c.File) + " first, or name a file in one that is there"
		}
		return fault.WithHint(fault.Because(errors.Unwrap(err), fault.Unavailable, "%s cannot be written.", c.File), "%s", hint)
	}
	defer func() { _ = os.Remove(part.Name()) }() // nothing is there after the rename
	s, err := app.Backup(ctx, settings, quietLogger(t.err), part, c.NoBlobs)
	if err == nil {
		err = part.Sync()
	}
	info, statErr := part.Stat()
	if err := errors.Join(err, statErr, part.Close()); err != nil {
		return interrupted(ctx, nothing(err))
	}
	if err := os.Rename(part.Name(), c.File); err != nil {
		return fault.Because(errors.Unwrap(err), fault.Unavailable, "%s cannot be written.", c.File)
	}
	c.announce(ctx, t, settings, s)
	return c.tell(t, settings, info.Size(), s)
}

// announce has the audit log tell of the archive: by the server that uses the folder,
// or beside it. An archive of which the log cannot tell is one all the same.
func (c backupCommand) announce(ctx context.Context, t *terminal, settings app.Settings, s backup.Summary) {
	archive := app.ArchiveOf(c.File, s)
	var err error
	if settings.Serves(ctx) {
		server := client.ByFolder(c.Dir, client.Config{Key: id.NewSource(settings.Now, settings.Random).UUID})
		defer server.Close()
		err = server.Send(ctx, http.MethodPost, "/backups", rest.BackupBody(archive), nil)
	} else {
		err = app.TellBackup(ctx, settings, quietLogger(t.err), archive)
	}
	if err != nil {
		t.note("the audit log does not tell of it: %s", fault.Sentence(err))
	}
}

// send writes the archive to standard output and tells of it beside. A reader
// takes one that breaks off for damaged.
func (c backupCommand) send(ctx context.Context, t *terminal, settings app.Settings) error {
	if isTerminal(t.out) {
		return wrongUsage(fault.WithHint(fault.New(fault.Invalid, "An archive is nothing to read on a terminal."), "send it on, as in tacit backup - | tacit restore --dir new -, or name a file"))
	}
	sent := &measured{Writer: t.out}
	s, err := app.Backup(ctx, settings, quietLogger(t.err), sent, c.NoBlobs)
	if err != nil {
		return interrupted(ctx, nothing(err))
	}
	c.announce(ctx, t, settings, s)
	beside := *t
	beside.out = t.err
	if t.quiet {
		beside.out = io.Discard
	}
	return c.tell(&beside, settings, sent.size, s)
}

// measured counts the bytes that pass.
type measured struct {
	io.Writer
	size int64
}

// Write writes on.
func (m *measured) Write(b []byte) (int, error) {
	n, err := m.Writer.Write(b)
	m.size += int64(n)
	return n, err
}

// tell prints what is in the archive.
func (c backupCommand) tell(t *terminal, settings app.Settings, bytes int64, s backup.Summary) error {
	if t.json {
		return t.document(struct {
			File string `json:"file"`
			Size int64  `json:"size"`
			Rows string `json:"rows"`
			backup.Summary
		}{c.File, bytes, settings.RowsTold(), s})
	}
	t.say("%s  %s  %s  of %s", c.File, size(bytes), held(s), settings.RowsTold())
	if s.Gone > 0 {
		t.note("%s were deleted meanwhile and are not in it", counted(s.Gone, "blob"))
	}
	for _, out := range s.LeftOut {
		t.note("left out: %s (%s)", out.What, out.Why)
	}
	return nil
}

// restoreCommand reads an archive.
type restoreCommand struct {
	place
	NewKey bool   `help:"Leave out what the old master key sealed, when that key is lost; the next start makes a new one."`
	File   string `arg:"" help:"File that tacit backup wrote; - for standard input."`
}

// Help teaches.
func (restoreCommand) Help() string {
	return `The folder, the database and the store of bytes must be empty, and no server may run there. Either everything is
restored or nothing. The next tacit up has the audit log tell of it, in installation.backup.restored.

  tacit restore --dir new tacit-monday.tar.zst
  TACIT_ROWS=postgres://… tacit restore tacit-monday.tar.zst        from one engine to the other

The master key is not in the file: put the old one in its place before tacit up. When it is lost, restore with --new-key: what
it sealed is left out, and addresses of pages and parts that were given out no longer hold.
Exit codes: 0 restored · 2 could not do it, nothing was restored · 3 there is no such file · 4 wrong usage`
}

// Run restores.
func (c restoreCommand) Run(ctx context.Context, t *terminal, k *kong.Context) error {
	settings, err := c.opening()
	if err != nil {
		return err
	}
	from := t.in
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return &exit{code: ExitNothing, err: fault.WithHint(fault.Because(errors.Unwrap(err), fault.NotFound, "%s cannot be read.", c.File),
				"name the file that tacit backup wrote, or - for standard input")}
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	s, err := app.Restore(ctx, settings, quietLogger(t.err), untilDone{ctx, from}, c.File, c.NewKey)
	if err != nil {
		return interrupted(ctx, err)
	}
	if t.json {
		return t.document(struct {
			Rows string `json:"rows"`
			backup.Summary
		}{settings.RowsTold(), s})
	}
	t.say("restored  %s  into %s  written %s by tacit %s on %s", held(s), settings.RowsTold(), s.Time.Format("2006-01-02 15:04:05 MST"), s.Version, s.Engine)
	next := "tacit up" + given(k)
	key := settings.MasterKey(c.Dir)
	if _, err := os.Stat(key); err != nil && !c.NewKey {
		t.note("put the master key of that tacit at %s, then %s", key, next)
		return nil
	}
	t.note("then %s", next)
	return nil
}

// untilDone reads until the person stops it.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read answers the context's error once it has ended.
func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(b)
}

// interrupted is err, or the person's wish when that ended the work.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exit{code: ExitInterrupted, err: errors.New("interrupted; nothing was changed")}
	}
	return err
}

func held(s backup.Summary) string {
	return fmt.Sprintf("%s in %s, %s of %s", counted(s.Records, "record"), counted(int64(s.Tables), "table"), counted(s.Blobs, "blob"), size(s.Bytes))
}

// size writes bytes as the pages do, with a plain space.
func size(n int64) string { return strings.ReplaceAll(format.Bytes(n), "\u00a0", " ") }

// counted is a number of things in words.
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok {
		what = stem + "ie"
	}
	return format.Count(n) + " " + what + "s"
}
