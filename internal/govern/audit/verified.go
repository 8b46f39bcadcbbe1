package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// VerifyKind is the job that verifies the log.
	VerifyKind = "audit.verify"
	// VerifyEvery is how often it is verified by itself.
	VerifyEvery = 24 * time.Hour
	// stalledTime is how long entries may wait for an export that says nothing is
	// wrong: longer than the lease of a server that is gone.
	stalledTime = 10 * time.Minute
	// VerifyTime bounds one verification.
	VerifyTime = 6 * time.Hour
)

// Jobs takes work that is done beside requests.
type Jobs interface {
	Enqueue(ctx context.Context, tx *rows.Tx, job jobs.Job) (id int64, err error)
}

// Verified says how the last verification ended.
type Verified struct {
	Event    string    // id of the event that tells of it, "" when there was none
	Time     time.Time // when it ended
	OK       bool
	Entries  int64
	Problems int
}

// tell announces an event about the log, of which the installation has one: it
// lies in the workspace default, whoever asked from where.
func (s *Service) tell(ctx context.Context, e event.Event) error {
	ctx = inDefault(ctx)
	return s.DB.Write(ctx, func(tx *rows.Tx) error { return s.Events.Append(ctx, tx, e) })
}

// inDefault has the caller act in the workspace default.
func inDefault(ctx context.Context) context.Context {
	c := caller.From(ctx)
	c.Workspace = caller.DefaultWorkspace
	return caller.With(ctx, c)
}

// LastVerified says how the last verification ended.
func (s *Service) LastVerified(ctx context.Context) (v Verified, err error) {
	defer fault.Wrap(&err, "audit.LastVerified")
	e, err := s.newest(ctx, s.DB.Read(), verifiedVerb)
	if err != nil || e.ID == "" {
		return v, err
	}
	v = Verified{Event: e.ID, Time: e.Time, OK: e.Outcome == event.Done}
	var data verified
	if raw, ok := e.Data.(json.RawMessage); ok && json.Unmarshal(raw, &data) == nil {
		v.Entries, v.Problems = data.Entries, data.Problems
	}
	return v, nil
}

// EnqueueVerify has the log verified beside requests, and gives the id of the
// job, which lies in the caller's workspace. One that waits already is enough.
func (s *Service) EnqueueVerify(ctx context.Context) (id int64, err error) {
	defer fault.Wrap(&err, "audit.EnqueueVerify")
	err = s.DB.Write(ctx, func(tx *rows.Tx) (err error) {
		id, err = s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: VerifyKind, Workspace: caller.Workspace(ctx), Unique: VerifyKind})
		return err
	})
	return id, err
}

// WorkVerify verifies the log as a job. What does not hold is told by the event,
// the job and the server's log; trying again would not mend it.
func (s *Service) WorkVerify(ctx context.Context, w jobs.Work) error {
	if err := s.catchUp(ctx); err != nil {
		return err
	}
	if _, err := s.Checkpoint(ctx); err != nil { // what the log has to do with it is found below, and told
		s.Log.Warn("the audit log could not be signed before it is verified", "error", err)
	}
	v, err := s.Verify(ctx, "")
	if err != nil {
		return err
	}
	if !v.OK {
		s.Log.Error("the audit log does not hold; tacit audit verify tells what", "problems", v.Found, "first", v.Problems[0].Text)
	}
	return w.Progress(ctx, v.Size, v.Size, fmt.Sprintf("%d entries, %d problems", v.Size, v.Found))
}

// Examine looks at the log for tacit doctor: whether it was verified, and
// whether every export goes on.
func (s *Service) Examine(ctx context.Context) []room.Finding {
	all := append([]room.Finding{s.examineVerified(ctx)}, s.examineUntaken(ctx)...)
	exports, err := s.Exports(ctx)
	if err != nil {
		return append(all, room.Finding{Verdict: room.Fail, What: "audit", Text: "exports cannot be told of: " + fault.Sentence(err)})
	}
	for _, e := range exports {
		f := room.Finding{Verdict: room.OK, What: "audit", Text: fmt.Sprintf("%s has all but %d entries", e.Target, e.Waiting)}
		switch idle := s.Now().Sub(e.Moved); {
		case e.Failed.IsZero() && e.Waiting > 0 && !e.Moved.IsZero() && idle > stalledTime:
			f.Verdict = room.Fail
			f.Text = fmt.Sprintf("%s has got nothing since %s, and %d entries wait", e.Target, e.Moved.Format(time.RFC3339), e.Waiting)
			f.Remedy = "a running server sends them; if one runs, its log tells why it does not"
		case !e.Failed.IsZero():
			f.Verdict = room.Fail
			f.Text = fmt.Sprintf("%s takes nothing since %s, %d entries wait: %s", e.Target, e.Failed.Format(time.RFC3339), e.Waiting, e.Reason)
			f.Remedy = "see to the target; tacit goes on by itself"
		}
		all = append(all, f)
	}
	return all
}

func (s *Service) examineVerified(ctx context.Context) room.Finding {
	v, err := s.LastVerified(ctx)
	f := room.Finding{Verdict: room.OK, What: "audit"}
	switch {
	case err != nil:
		f.Verdict, f.Text = room.Fail, fault.Sentence(err)
	case v.Event == "":
		f.Text = "not verified yet; that is done once a day"
	case !v.OK:
		f.Verdict, f.Text = room.Fail, fmt.Sprintf("%d problems among %d entries, found %s", v.Problems, v.Entries, v.Time.Format(time.RFC3339))
		f.Remedy = "tacit audit verify tells which entries"
	case s.failing.Load() != nil:
		f.Verdict, f.Text = room.Fail, fmt.Sprintf("the log cannot be signed since %s: %s", s.failing.Load().since.Format(time.RFC3339), fault.Sentence(s.failing.Load().reason))
		f.Remedy = "tacit audit verify tells whether it holds, and the server's log why it cannot be signed"
	case s.Now().Sub(v.Time) > 2*VerifyEvery:
		f.Verdict, f.Text = room.Warn, "last verified "+v.Time.Format(time.RFC3339)
		f.Remedy = "the job audit.verify should do it once a day: GET /api/v1/jobs tells why it does not"
	default:
		f.Text = fmt.Sprintf("%d entries verified %s", v.Entries, v.Time.Format(time.RFC3339))
	}
	return f
}
