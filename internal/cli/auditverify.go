package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
)

type auditVerify struct {
	asking
	Checkpoint string `placeholder:"FILE" help:"A checkpoint that was kept: today's log must hold all that it held; - for standard input."`
}

// Help teaches.
func (auditVerify) Help() string {
	return `Makes the whole tree anew from the entries and compares: each entry with its leaf, the tree with every checkpoint that was
signed, and with the one that you kept. What was changed, removed, inserted or moved is named by its position and id.

  tacit audit checkpoint > monday.checkpoint               keep it in another place
  tacit audit verify --checkpoint monday.checkpoint        some day later

Where no server uses the folder the log is judged as it lies, also in a copy that nobody may write to: no byte of the folder changes,
and entries that are not yet sealed are counted. What a killed server left is read from a copy of the database in TMPDIR.
The newest checkpoint lies in the folder as well, in audit.checkpoint; whoever can write the store and the folder can cut the log
short, and with the master key make it anew: only a checkpoint kept in another place gives that away.
Exit codes: 0 all holds · 1 something does not · 2 could not do it · 3 there is no tacit here · 4 wrong usage`
}

// Run prints what was found.
func (c auditVerify) Run(ctx context.Context, t *terminal) error {
	var body rest.VerifyBody
	if c.Checkpoint != "" {
		text, err := readSmall(t, c.Checkpoint)
		if err != nil {
			return err
		}
		if body.Checkpoint = strings.ReplaceAll(text, "\r\n", "\n"); body.Checkpoint == "" {
			return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "%s is empty.", c.Checkpoint), "make one with: tacit audit checkpoint > FILE")}
		}
	}
	if c.URL == "" && !folder.Answers(ctx, c.Dir) {
		v, err := c.judge(ctx, t, body.Checkpoint)
		if err != nil {
			return err
		}
		return c.tell(t, v, "the next tacit up seals them")
	}
	c.CallTime = longCall
	return c.ask(ctx, t, func(server *client.Client) error {
		var v rest.VerificationBody
		if err := server.Send(ctx, http.MethodPost, "/audit/verify", body, &v); err != nil {
			return wrongUsage(err)
		}
		return c.tell(t, v, "a running server does it within moments")
	})
}

// judge verifies the log of a folder that no server uses, and writes nothing.
func (c auditVerify) judge(ctx context.Context, t *terminal, checkpoint string) (rest.VerificationBody, error) {
	settings := c.settings()
	if err := settings.CheckDir(); err != nil {
		return rest.VerificationBody{}, wrongUsage(err)
	}
	if _, err := c.opening(); err != nil {
		return rest.VerificationBody{}, err
	}
	if err := settings.MustExist(); err != nil {
		return rest.VerificationBody{}, &exit{code: ExitNothing, err: err}
	}
	v, copied, err := app.JudgeLog(ctx, settings, quietLogger(t.err), checkpoint)
	if copied > 0 && err == nil {
		t.note("a killed server left records beside the database: %.1f MB were read from a copy, which is removed again", float64(copied)/1e6)
	}
	return v, wrongUsage(err)
}

// tell prints what was found. Whoever seals what is not yet sealed is named.
func (c auditVerify) tell(t *terminal, v rest.VerificationBody, sealing string) error {
	if t.json {
		if err := t.document(v); err != nil {
			return err
		}
	} else {
		tellVerification(t, v, c.Checkpoint != "", sealing)
	}
	if !v.OK {
		return answerNo()
	}
	return nil
}

// longCall is how long a call may take that goes through the whole log.
const longCall = time.Hour

func tellVerification(t *terminal, v rest.VerificationBody, kept bool, sealing string) {
	var lines [][]string
	for _, p := range v.Problems {
		lines = append(lines, []string{"fail", p.What, p.Text})
	}
	t.columns(lines)
	if v.Found > len(v.Problems) {
		t.say("  and %s more", counted(int64(v.Found-len(v.Problems)), "problem"))
	}
	if !v.OK {
		t.say("%s  %s, %s", t.verdict("fail"), counted(v.Entries, "entry"), counted(int64(v.Found), "problem"))
		return
	}
	more := ""
	if kept {
		more = ", all of the checkpoint given among them"
	}
	t.say("%s  %s unchanged and in order%s", t.verdict("ok"), counted(v.Entries, "entry"), more)
	t.say("  root %s, %s", v.Root, counted(v.Checkpoints, "checkpoint"))
	if v.Unknown > 0 {
		t.note("%s signed with keys that are no longer there", counted(v.Unknown, "checkpoint"))
	}
	if v.Pending > 0 {
		t.note("%s not yet sealed; %s", counted(v.Pending, "entry"), sealing)
	}
	if v.Unsigned > 0 {
		t.note("%s behind the newest checkpoint, not yet signed", counted(v.Unsigned, "entry"))
	}
	if v.Emptied > 0 {
		t.note("%s emptied by retention; their leaves hold", counted(v.Emptied, "entry"))
	}
}

// maxCheckpoint bounds the file of a checkpoint, in bytes.
const maxCheckpoint = 8 << 10

// readSmall reads a small file, or standard input.
func readSmall(t *terminal, path string) (string, error) {
	from := t.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", unread(path, err)
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, maxCheckpoint+1))
	if err == nil && len(text) > maxCheckpoint {
		err = &exit{code: ExitUsage, err: fault.New(fault.Invalid, "%s has more than %d bytes: it is no checkpoint.", path, maxCheckpoint)}
	}
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return "", unread(path, failed)
	}
	return string(text), err
}

// unread says why the file of a checkpoint cannot be read.
func unread(path string, err error) error {
	reason := err
	var failed *fs.PathError
	if errors.As(err, &failed) {
		reason = failed.Err
	}
	return wrongUsage(fault.WithHint(fault.Because(err, fault.Invalid, "%s cannot be read: %s.", path, reason),
		"give a file that tacit audit checkpoint printed, or - for standard input"))
}
