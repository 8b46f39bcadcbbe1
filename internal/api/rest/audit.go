package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/audit"
)

// Audit is the audit log.
type Audit interface {
	List(context.Context, audit.Query) ([]audit.Entry, error)
	Logged(ctx context.Context, q audit.Query, from int64, limit int) (all []audit.Entry, next int64, err error)
	Get(ctx context.Context, id string) (audit.Entry, error)
	Prove(ctx context.Context, id string) (audit.Proof, error)
	Checkpoint(context.Context) (audit.Checkpoint, error)
	Accept(context.Context) (audit.Checkpoint, error)
	Verify(ctx context.Context, checkpoint string) (audit.Verification, error)
	EnqueueVerify(context.Context) (job int64, err error)
}

// EntryBody is one entry of the audit log.
type EntryBody struct {
	EventBody
	Workspace string `json:"workspace"`
	Index     *int64 `json:"index,omitempty" doc:"place of its leaf in the tree, from 0; absent for a moment after it was written"`
	Emptied   bool   `json:"emptied,omitempty" doc:"actor, origin and data, but for what lineage is made of, were taken out, as retention asks"`
	Changed   bool   `json:"changed,omitempty" doc:"it is not what its leaf was made of: it was changed afterwards"`
	Leafless  bool   `json:"leafless,omitempty" doc:"the leaf that it had is gone from the tree"`
	Moved     bool   `json:"moved,omitempty" doc:"it does not lie where it was"`
}

// CheckpointBody is the signed state of the log.
type CheckpointBody struct {
	Size int64     `json:"size" doc:"entries"`
	Root string    `json:"root" doc:"hash of the tree over them, base64"`
	Time time.Time `json:"time"`
	Note string    `json:"note" doc:"the signed text; keep it in another place"`
	Key  string    `json:"key" doc:"the key that its signature is checked with"`
}

// ProofBody shows that an entry is in the log.
type ProofBody struct {
	Entry      EntryBody      `json:"entry"`
	Holds      bool           `json:"holds"`
	Fault      string         `json:"fault,omitempty" doc:"what does not hold"`
	Text       string         `json:"text" doc:"what the leaf is the hash of: canonical JSON; empty for an entry that tacit did not write, which has no leaf, and for one whose leaf is gone"`
	Leaf       string         `json:"leaf" doc:"SHA-256 of a zero byte and the text, base64; empty where there is none"`
	Path       []string       `json:"path" nullable:"false" doc:"hashes from the leaf up to the root, base64 (RFC 6962, section 2.1.1)"`
	Checkpoint CheckpointBody `json:"checkpoint"`
}

// VerifyBody asks for a verification.
type VerifyBody struct {
	Checkpoint string `json:"checkpoint,omitempty" maxLength:"8192" doc:"note of a checkpoint that was kept: today's log must hold all that it held"`
}

// ProblemBody is one thing that does not hold.
type ProblemBody struct {
	What     string `json:"what" enum:"changed,removed,inserted,reordered,tree,checkpoint,emptied"`
	Position int64  `json:"position,omitempty" doc:"of the entry in the stream"`
	Index    *int64 `json:"index,omitempty" doc:"of its leaf in the tree"`
	ID       string `json:"id,omitempty" doc:"of the entry"`
	Text     string `json:"text"`
}

// VerificationBody is what a verification found.
type VerificationBody struct {
	OK          bool          `json:"ok"`
	Entries     int64         `json:"entries" doc:"that have a leaf"`
	Root        string        `json:"root" doc:"of the tree, made anew from its leaves"`
	Pending     int64         `json:"pending" doc:"entries that have no leaf yet"`
	Unsigned    int64         `json:"unsigned" doc:"entries behind the newest checkpoint"`
	Emptied     int64         `json:"emptied"`
	Checkpoints int64         `json:"checkpoints" doc:"that were checked"`
	Unknown     int64         `json:"unknown" doc:"checkpoints signed with keys that are no longer there"`
	Signed      *time.Time    `json:"signed,omitempty" doc:"when the newest checkpoint was signed"`
	Found       int           `json:"found" doc:"problems, of which the first thousand are listed"`
	Problems    []ProblemBody `json:"problems" nullable:"false"`
}

// LogBody is a stretch of the log, in its order.
type LogBody struct {
	Items []EntryBody `json:"items" nullable:"false"`
	Next  int64       `json:"next" doc:"index to go on from, also later, when there is more"`
	More  bool        `json:"more" doc:"there is more now"`
}

// EntriesQuery chooses entries.
type EntriesQuery struct {
	Who       string    `query:"who" maxLength:"4096" doc:"URN of who did it" example:"tacit:user/ada"`
	Action    string    `query:"action" maxLength:"200" doc:"the permission that was asked; with . at its end, all of a noun" example:"run.update"`
	Verb      string    `query:"verb" maxLength:"200" doc:"what happened; with . at its end, all that begins so" example:"tracking.run.created"`
	Object    string    `query:"object" maxLength:"4096" doc:"URN of what it happened to" example:"tacit:experiment/1"`
	Outcome   string    `query:"outcome" enum:",done,refused,failed" doc:"how it ended"`
	Since     time.Time `query:"since" doc:"at this time or later"`
	Until     time.Time `query:"until" doc:"before this time"`
	Workspace string    `query:"workspace" enum:",*" doc:"* for entries of all workspaces"`
	Limit     int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"items of a page at most"`
}

type listEntriesInput struct {
	EntriesQuery
	Order string `query:"order" enum:"newest,oldest" default:"newest" doc:"which come first"`
	Page  string `query:"page" maxLength:"1000" doc:"next of the page before; the rest stays the same"`
}

type readLogInput struct {
	EntriesQuery
	From int64 `query:"from" minimum:"0" doc:"index in the tree to begin at"`
}

type verifyInput struct {
	Body VerifyBody
}

// overseen asks for the workspace, or for all where the query wants them.
func overseen() target {
	return target{objects: func(r *http.Request, _ []byte) []route.Object {
		if r.URL.Query().Get("workspace") != "" {
			return []route.Object{route.For(audit.OverseeAction, urn.URN{})}
		}
		return nil
	}}
}

func (f *face) audit() {
	entry := object("event", "id")
	log := target{objects: func(*http.Request, []byte) []route.Object { return route.On(audit.LogURN()) }}
	add(f, operation{"GET", "/audit/entries", "list-audit-entries", "Entries of the audit log, by who, what and when", audit.ReadAction, overseen(), 0}, f.listEntries)
	add(f, operation{"GET", "/audit/entries/{id}", "get-audit-entry", "One entry", audit.ReadAction, entry, 0}, f.getEntry)
	add(f, operation{"GET", "/audit/log", "read-audit-log", "Entries in the order of the log, each once it has its place there", audit.ReadAction, overseen(), 0}, f.readLog)
	add(f, operation{"GET", "/audit/entries/{id}/proof", "prove-audit-entry", "Prove that an entry is in the log", audit.ReadAction, entry, 0}, f.proveEntry)
	add(f, operation{"GET", "/audit/checkpoint", "get-audit-checkpoint", "The newest signed state of the log", "audit.sign", log, 0}, f.getCheckpoint)
	add(f, operation{"POST", "/audit/checkpoint", "accept-audit-log", "Take the log as it stands, after an older state was put in place on purpose; an entry tells who did it", "audit.accept", log, http.StatusOK}, f.acceptLog)
	add(f, operation{"POST", "/audit/verify", "verify-audit", "Prove the whole log", "audit.verify", log, http.StatusOK}, f.verifyLog)
	add(f, operation{"POST", "/audit/verifications", "enqueue-audit-verification", "Have the whole log proved as a job; the event audit.log.verified tells the result", "audit.verify", log, http.StatusAccepted}, f.enqueueVerification)
}

// query is the choice as the room takes it.
func (in EntriesQuery) query() audit.Query {
	q := audit.Query{Actor: in.Who, Action: in.Action, Verb: in.Verb, Subject: in.Object, Outcome: event.Outcome(in.Outcome), Since: in.Since, Until: in.Until, Everywhere: in.Workspace != ""}
	if prefix(in.Verb) {
		q.Verb, q.VerbPrefix = "", in.Verb
	}
	return q
}

func (f *face) listEntries(ctx context.Context, in *listEntriesInput) (*output[Page[EntryBody]], error) {
	q := in.query()
	q.Limit, q.Oldest = in.Limit+1, in.Order == "oldest"
	scope := page.Scope("audit", caller.Workspace(ctx), in.Who, in.Action, in.Verb, in.Object, in.Outcome, in.Since.String(), in.Until.String(), in.Workspace, in.Order)
	end, err := page.Open(f.PageKey, scope, in.Page)
	if err != nil {
		return nil, err
	}
	switch {
	case end == nil:
	case q.Oldest:
		q.After = end[0].Value.(int64)
	default:
		q.Before = end[0].Value.(int64)
	}
	found, err := f.Audit.List(ctx, q)
	next := ""
	if len(found) > in.Limit {
		found = found[:in.Limit]
		next = f.after(scope, found[in.Limit-1].Position)
	}
	return pageOf(found, next, entryBody), err
}

func (f *face) readLog(ctx context.Context, in *readLogInput) (*output[LogBody], error) {
	found, next, err := f.Audit.Logged(ctx, in.query(), in.From, in.Limit)
	return &output[LogBody]{LogBody{Items: pageOf(found, "", entryBody).Body.Items, Next: next, More: next-in.From == int64(in.Limit)}}, err
}

// prefix says that a word stands for all that begins so.
func prefix(word string) bool { return len(word) > 0 && word[len(word)-1] == '.' }

func (f *face) getEntry(ctx context.Context, in *EventPath) (*output[EntryBody], error) {
	e, err := f.Audit.Get(ctx, in.ID)
	return &output[EntryBody]{entryBody(e)}, err
}

func (f *face) proveEntry(ctx context.Context, in *EventPath) (*output[ProofBody], error) {
	p, err := f.Audit.Prove(ctx, in.ID)
	b := ProofBody{
		Entry: entryBody(p.Entry), Holds: p.Fault == "", Fault: p.Fault, Text: p.Text, Leaf: p.Leaf.String(), Path: []string{}, Checkpoint: checkpointBody(p.Checkpoint),
	}
	if p.Entry.Index == audit.Pending {
		b.Leaf = ""
	}
	for _, h := range p.Path {
		b.Path = append(b.Path, h.String())
	}
	return &output[ProofBody]{b}, err
}

func (f *face) getCheckpoint(ctx context.Context, _ *struct{}) (*output[CheckpointBody], error) {
	c, err := f.Audit.Checkpoint(ctx)
	return &output[CheckpointBody]{checkpointBody(c)}, err
}

func (f *face) acceptLog(ctx context.Context, _ *struct{}) (*output[CheckpointBody], error) {
	c, err := f.Audit.Accept(ctx)
	return &output[CheckpointBody]{checkpointBody(c)}, err
}

func (f *face) verifyLog(ctx context.Context, in *verifyInput) (*output[VerificationBody], error) {
	v, err := f.Audit.Verify(ctx, in.Body.Checkpoint)
	return &output[VerificationBody]{VerificationOf(v)}, err
}

// VerificationOf is what a verification found, as the API tells it.
func VerificationOf(v audit.Verification) VerificationBody {
	b := VerificationBody{
		OK: v.OK, Entries: v.Size, Root: v.Root.String(), Pending: v.Pending, Unsigned: v.Unsigned, Emptied: v.Emptied, Checkpoints: v.Checkpoints, Unknown: v.Unknown,
		Found: v.Found, Problems: make([]ProblemBody, len(v.Problems)),
	}
	if !v.Signed.IsZero() {
		b.Signed = &v.Signed
	}
	for i, p := range v.Problems {
		b.Problems[i] = ProblemBody{What: p.What, Position: p.Position, Index: indexed(p.Index), ID: p.ID, Text: p.Text}
	}
	return b
}

func (f *face) enqueueVerification(ctx context.Context, _ *struct{}) (*output[JobBody], error) {
	id, err := f.Audit.EnqueueVerify(ctx)
	if err != nil {
		return nil, err
	}
	s, err := f.Jobs.Status(ctx, id)
	return &output[JobBody]{jobBody(s)}, err
}

// EntryText is an entry as exports send it: the body of one, on one line.
func EntryText(e audit.Entry) ([]byte, error) { return json.Marshal(entryBody(e)) }

func entryBody(e audit.Entry) EntryBody {
	return EntryBody{EventBody: eventBody(e.Event), Workspace: e.Workspace, Index: indexed(e.Index), Emptied: e.Emptied, Changed: e.Changed, Leafless: e.Leafless, Moved: e.Moved}
}

func checkpointBody(c audit.Checkpoint) CheckpointBody {
	return CheckpointBody{Size: c.Size, Root: c.Root.String(), Time: c.Time, Note: c.Note, Key: c.Key}
}

// indexed is a place in the tree, nil for none.
func indexed(index int64) *int64 {
	if index == audit.Pending {
		return nil
	}
	return &index
}
