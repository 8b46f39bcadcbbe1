package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
)

// ExamineUnserved says of a log that nobody serves how many entries it has, how many of
// them are sealed, and until when it is signed; or what can be seen to be wrong
// without going through all of it. It writes nothing.
func (s *Service) ExamineUnserved(ctx context.Context) []room.Finding {
	ctx = caller.With(ctx, caller.System("audit", caller.DefaultWorkspace))
	f := room.Finding{Verdict: room.OK, What: "audit"}
	text, err := s.unserved(ctx)
	if f.Text = text; err != nil {
		f.Verdict, f.Text, f.Remedy = room.Fail, fault.Sentence(err), fault.HintOf(err)
	}
	if v, err := s.LastVerified(ctx); err == nil && v.Event != "" && !v.OK && f.Verdict == room.OK {
		f = s.examineVerified(ctx) // one line: what was found then is not made good by what is seen here
		f.Text += "; " + text
	}
	return append([]room.Finding{f}, s.examineUntaken(ctx)...)
}

func (s *Service) unserved(ctx context.Context) (string, error) {
	entries, err := s.Events.Count(ctx, s.DB.Read())
	if err != nil {
		return "", err
	}
	size, _, err := s.sizes(ctx)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%d entries, %d of them sealed", entries, size)
	if size > entries {
		return "", fault.WithHint(fault.New(fault.Conflict, "The log has %d entries, and %d leaves: entries are gone, or leaves were put in.", entries, size), "tacit audit verify names them")
	}
	keys, err := s.Keys.Keys(ctx, KeyName)
	if err != nil || len(keys) == 0 {
		return text + ", and no key to sign it with: tacit up makes one", err
	}
	c, err := s.LastCheckpoint(ctx)
	if err != nil {
		return "", err
	}
	if c.Note == "" {
		text += ", no checkpoint yet"
	} else {
		text += fmt.Sprintf(", the newest checkpoint of %d entries, signed %s", c.Size, c.Time.Format(time.RFC3339))
	}
	if c.Key != "" && !s.holds(ctx, c) {
		return "", fault.WithHint(fault.New(fault.Conflict, "The log no longer holds the %d entries that were signed %s.", c.Size, c.Time.Format(time.RFC3339)), accepting)
	}
	known, err := s.extends(ctx, size)
	if err == nil && known > c.Size {
		err = fault.WithHint(fault.New(fault.Conflict, "The store has no checkpoint of the %d entries that were signed: those that it had are gone.", known), accepting)
	}
	return text + "; not verified here: tacit audit verify", err
}
