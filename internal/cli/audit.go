package cli

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// auditCommand is about the audit log.
type auditCommand struct {
	List       auditList       `cmd:"" help:"Who did what, and when."`
	Verify     auditVerify     `cmd:"" help:"Prove that nothing in the log was changed, removed, inserted or moved."`
	Checkpoint auditCheckpoint `cmd:"" help:"Print the signed state of the log, to be kept in another place."`
	Prove      auditProve      `cmd:"" help:"Prove that one entry is in the log."`
	Export     auditExport     `cmd:"" help:"Write entries as JSON lines or as syslog messages, oldest first."`
}

// selecting are the flags that choose entries.
type selecting struct {
	Who     string `placeholder:"NAME" help:"Who did it: a user's name, or a URN as tacit:system/tracking."`
	Action  string `placeholder:"ACTION" help:"The permission that was asked, as run.update; with a dot at its end (run.) all of a noun."`
	Verb    string `placeholder:"VERB" help:"What happened, as tracking.run.created; with a dot at its end all that begins so."`
	Object  string `placeholder:"URN" help:"What it happened to, as tacit:experiment/1."`
	Outcome string `enum:",done,refused,failed" default:"" help:"How it ended: done, refused or failed."`
	Since   string `placeholder:"TIME" help:"At this time or later: 2026-01-31, 2026-01-31T09:00:00Z, or back from now: 90m, 24h, 7d."`
	Until   string `placeholder:"TIME" help:"Before this time."`
}

// query is the selection as the API takes it.
func (s selecting) query(now time.Time, everywhere bool) (url.Values, error) {
	q := url.Values{"limit": {"1000"}}
	if everywhere {
		q.Set("workspace", "*")
	}
	who := s.Who
	if who != "" && !strings.HasPrefix(who, "tacit:") {
		who = urn.New("user", who).String()
	}
	if err := cmp.Or(checkURN("who", who), checkURN("object", s.Object)); err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"who": who, "action": s.Action, "verb": s.Verb, "object": s.Object, "outcome": s.Outcome} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, value := range map[string]string{"since": s.Since, "until": s.Until} {
		if value == "" {
			continue
		}
		at, err := moment(value, now)
		if err != nil {
			return nil, &exit{code: ExitUsage, err: err}
		}
		q.Set(name, at.UTC().Format(time.RFC3339Nano))
	}
	return q, nil
}

// checkURN refuses what a flag gives in place of a URN: no entry can answer to it.
func checkURN(flag, value string) error {
	if value == "" {
		return nil
	}
	if _, err := urn.Parse(value); err != nil {
		return wrongUsage(fault.WithHint(fault.Because(err, fault.Invalid, "--%s %q is not the URN of anything.", flag, value),
			"write tacit:KIND/NAME, as tacit:experiment/1, tacit:model/churn or tacit:user/ada; tacit audit list prints those of its entries"))
	}
	return nil
}

// moment reads a time: a date, a time, or how long ago.
func moment(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && strings.HasSuffix(text, "d") && days >= 0 {
		return now.AddDate(0, 0, -days), nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fault.WithHint(fault.New(fault.Invalid, "%q is not a time.", text), "write a date as 2026-01-31, a time as 2026-01-31T09:00:00Z, or how long ago as 24h or 7d")
}

type auditList struct {
	asking
	selecting
	Limit int `placeholder:"N" help:"So many at most; 100 unless given, all with --json."`
}

// Help teaches.
func (auditList) Help() string {
	return `The newest come first. With --json each entry is one line, and all are printed.

  tacit audit list --who ada --since 7d
  tacit audit list --object tacit:model/churn --json
  tacit audit list --action run.delete --workspace '*'      in all workspaces
  tacit audit list --outcome refused --since 24h            who was turned away

Exit codes: 0 printed, also when there is none · 2 could not do it · 3 there is no tacit here · 4 wrong usage`
}

// Run prints one line an entry.
func (c auditList) Run(ctx context.Context, t *terminal) error {
	q, err := c.query(c.settings().Now(), c.everywhere())
	if err != nil {
		return err
	}
	most := c.Limit
	if most == 0 && !t.json {
		most = 100
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		n, more := 0, false
		var lines [][]string
		err := client.All(ctx, server, "/audit/entries", q, func(e rest.EntryBody) (bool, error) {
			if most > 0 && n == most {
				more = true
				return false, nil
			}
			n++
			if t.json {
				return true, t.document(e)
			}
			lines = append(lines, entryLine(e, c.everywhere()))
			return true, nil
		})
		t.columns(lines)
		switch {
		case err == nil && n == 0 && !t.json:
			t.note("no entry answers to that")
		case more:
			t.note("there are more: --limit %d prints twice as many", 2*most)
		}
		return err
	})
}

// entryLine is an entry as columns.
func entryLine(e rest.EntryBody, workspace bool) []string {
	who := strings.TrimPrefix(e.Actor, "tacit:user/")
	if e.Emptied {
		who = "(emptied)"
	}
	outcome := e.Outcome
	switch {
	case e.Moved:
		outcome = "moved"
	case e.Changed:
		outcome = "changed afterwards"
	case e.Leafless:
		outcome = "without its leaf"
	case e.Mark == string(event.Forged):
		outcome = "forged"
	case e.Mark == string(event.Unsealed):
		outcome = "unsealed"
	}
	line := []string{e.Time.UTC().Format("2006-01-02 15:04:05.000"), who, orDash(e.Action), e.Verb, orDash(e.Subject), outcome, e.ID}
	if workspace {
		line = append([]string{e.Workspace}, line...)
	}
	return line
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

type auditCheckpoint struct {
	asking
	Accept bool `help:"Take the log as it stands, though it does not hold what was signed before: after an older state was put in place on purpose. An entry tells who did it."`
}

// Help teaches.
func (auditCheckpoint) Help() string {
	return `Size and root of the log's tree, signed (a note of the C2SP tlog-checkpoint form). Keep it where whoever runs tacit cannot
write; tacit audit verify --checkpoint proves later that the log still holds all of it.

  tacit audit checkpoint > monday.checkpoint
  tacit audit checkpoint --accept                  once, on one server, after the database was set back in time

Exit codes: 0 printed · 2 could not do it · 3 there is no tacit here · 4 wrong usage`
}

// Run prints the note.
func (c auditCheckpoint) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		var checkpoint rest.CheckpointBody
		var err error
		if c.Accept {
			err = server.Send(ctx, http.MethodPost, "/audit/checkpoint", nil, &checkpoint)
		} else {
			checkpoint, err = client.Get[rest.CheckpointBody](ctx, server, "/audit/checkpoint", nil)
		}
		if err != nil {
			return err
		}
		if t.json {
			return t.document(checkpoint)
		}
		_, err = io.WriteString(t.out, checkpoint.Note)
		return err
	})
}

type auditProve struct {
	asking
	Entry string `arg:"" help:"Id of the entry, as tacit audit list prints it."`
}

// Help teaches.
func (auditProve) Help() string {
	return `Prints the way from the entry's leaf to the signed root. With --json others can go it: the leaf is the SHA-256 of a zero byte
and the text, the path is that of RFC 6962.

Exit codes: 0 it is in the log · 1 it does not hold · 2 could not do it · 3 there is no such entry · 4 wrong usage`
}

// Run prints the proof.
func (c auditProve) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		p, err := client.Get[rest.ProofBody](ctx, server, "/audit/entries/"+url.PathEscape(c.Entry)+"/proof", nil)
		if err != nil {
			return nothing(err)
		}
		if t.json {
			if err := t.document(p); err != nil {
				return err
			}
		} else {
			t.columns([][]string{entryLine(p.Entry, false)})
			if p.Holds {
				t.say("%s  it is entry %d of the log of %d entries signed %s", t.verdict("ok"), *p.Entry.Index, p.Checkpoint.Size, p.Checkpoint.Time.UTC().Format("2006-01-02 15:04:05 MST"))
			} else {
				t.say("%s  %s", t.verdict("fail"), p.Fault)
			}
			if p.Leaf != "" {
				t.say("  leaf %s", p.Leaf)
			}
			for _, h := range p.Path {
				t.say("  with %s", h)
			}
			t.say("  root %s", p.Checkpoint.Root)
		}
		if !p.Holds {
			return answerNo()
		}
		return nil
	})
}
