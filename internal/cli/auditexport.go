package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/deliver"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type auditExport struct {
	asking
	selecting
	Format string `enum:",jsonl,syslog" default:"" help:"jsonl, or syslog (RFC 5424); what the target takes unless given."`
	To     string `placeholder:"TARGET" help:"A file, syslog://host:port (TCP), syslogs://host:port (TLS), syslog+udp://host:port, or the http(s):// address of a collector; standard output unless given."`
	Cursor string `placeholder:"FILE" help:"Keeps how far the export came, and goes on from there: run again, only what is new goes out."`
}

// Help teaches.
func (auditExport) Help() string {
	return `Entries go out in the order of the log, each once it has its place there. A collector gets JSON lines by POST, a thousand at
most, and is asked again while it answers 429 or 5xx; the Idempotency-Key of a batch is the same each time.

  tacit audit export --workspace '*' > audit.jsonl
  tacit audit export --to syslogs://siem.example.org:6514 --cursor siem.cursor
  tacit audit export --to https://collector.example.org/audit --cursor collector.cursor

Exit codes: 0 all of it went out · 2 could not do it; the cursor tells how far it came · 3 there is no tacit here · 4 wrong usage`
}

// Run exports page by page; the cursor moves when a page has gone out.
func (c auditExport) Run(ctx context.Context, t *terminal) error {
	q, err := c.query(c.settings().Now(), c.everywhere())
	if err != nil {
		return err
	}
	at, err := c.read()
	if err != nil {
		return err
	}
	target, err := deliver.Open(ctx, c.To, deliver.Options{Format: c.Format, Out: t.out, Short: func(m deliver.Message, size int) {
		t.note("the entry %s has %d bytes, more than a packet of UDP, and goes out in short; syslog:// and syslogs:// take it whole", m.Key, size)
	}})
	if err != nil {
		return wrongUsage(err)
	}
	err = c.ask(ctx, t, func(server *client.Client) error {
		n := 0
		for {
			q.Set("from", strconv.FormatInt(at, 10))
			page, err := client.Get[rest.LogBody](ctx, server, "/audit/log", q)
			if err != nil {
				return err
			}
			messages := make([]deliver.Message, len(page.Items))
			for i, e := range page.Items {
				if messages[i], err = message(e); err != nil {
					return err
				}
			}
			if err := target.Deliver(ctx, messages); err != nil {
				return err
			}
			n += len(messages)
			at = page.Next
			if err := c.write(at); err != nil {
				return err
			}
			if !page.More {
				t.note("%s exported", counted(int64(n), "entry"))
				return nil
			}
		}
	})
	return errors.Join(err, target.Close())
}

// message is an entry on its way out.
func message(e rest.EntryBody) (deliver.Message, error) {
	text, err := json.Marshal(e)
	return deliver.Message{Key: e.ID, Time: e.Time, Kind: e.Verb, Warning: e.Outcome != "done" || e.Changed, JSON: text}, err
}

// read gives the index to go on from.
func (c auditExport) read() (int64, error) {
	if c.Cursor == "" {
		return 0, nil
	}
	text, err := os.ReadFile(c.Cursor)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fault.Because(err, fault.Unavailable, "%s cannot be read.", c.Cursor)
	}
	at, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 63)
	if err != nil {
		return 0, &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "%s is no cursor of an export.", c.Cursor), "name another file, or remove it to begin at the first entry")}
	}
	return int64(at), nil
}

// write replaces the cursor's file, whole.
func (c auditExport) write(at int64) error {
	if c.Cursor == "" {
		return nil
	}
	part := c.Cursor + ".part"
	err := os.WriteFile(part, []byte(strconv.FormatInt(at, 10)+"\n"), 0o600)
	if err == nil {
		err = os.Rename(part, c.Cursor)
	}
	if err != nil {
		return fault.Because(err, fault.Unavailable, "%s cannot be written.", c.Cursor)
	}
	return nil
}
