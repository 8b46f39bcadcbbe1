package scan_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

const (
	command = "cposix\nsystem\n(S'id'\ntR."
	list    = "(lp0\nI1\na."
)

// artifacts are files in memory.
type artifacts map[string]string

func (a artifacts) List(_ context.Context, folder string) (all []scan.Entry, err error) {
	seen := map[string]bool{}
	for p, text := range a {
		rest, ok := strings.CutPrefix(p, folder+"/")
		if !ok {
			continue
		}
		first, _, deep := strings.Cut(rest, "/")
		e := scan.Entry{Path: path.Join(folder, first), Folder: deep}
		if !deep {
			e.Size, e.ETag = int64(len(text)), fmt.Sprintf("%x", text)
		}
		if !seen[e.Path] {
			seen[e.Path] = true
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b scan.Entry) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

func (a artifacts) Open(_ context.Context, p string, part blobs.Range) (io.ReadCloser, string, error) {
	text, ok := a[p]
	if !ok {
		return nil, "", fault.New(fault.NotFound, "There is no %s.", p)
	}
	return io.NopCloser(bytes.NewReader([]byte(text)[part.Offset:])), fmt.Sprintf("%x", text), nil
}

func (a artifacts) Put(_ context.Context, p string, text []byte) error {
	a[p] = string(text)
	return nil
}

// models are versions of one model, numbered from 1, and what was said of them.
type models struct {
	roots  []string
	tags   map[int64]string
	origin scan.Origin // of every version
	uses   map[int64][]scan.Target
}

func (m *models) Uses(_ context.Context, _ rows.Reader, _ string, number int64) ([]scan.Target, error) {
	return m.uses[number], nil
}

func (m *models) Used(context.Context) (all []scan.VersionRef, err error) {
	for _, number := range slices.Sorted(maps.Keys(m.uses)) {
		all = append(all, scan.VersionRef{Name: "churn", Number: number})
	}
	return all, nil
}

func (m *models) Workspaces(context.Context) ([]string, error) {
	return []string{caller.DefaultWorkspace}, nil
}

func (m *models) Origin(context.Context, string, int64) (scan.Origin, error) { return m.origin, nil }

func (m *models) OfVersion(_ context.Context, name string, number int64) (root, elsewhere string, err error) {
	if number > int64(len(m.roots)) {
		return "", "", fault.New(fault.NotFound, "There is no version %d of %s.", number, name)
	}
	root = m.roots[number-1]
	if strings.Contains(root, "://") {
		return "", root, nil
	}
	return root, "", nil
}

func (m *models) OfLoggedModel(_ context.Context, id string) (root, elsewhere string, err error) {
	return "1/models/" + id + "/artifacts", "", nil
}

func (m *models) Warn(_ context.Context, _ string, number int64, text string) error {
	m.tags[number] = text
	return nil
}

// queue keeps jobs until they are worked.
type queue struct{ waiting []jobs.Job }

func (q *queue) Enqueue(_ context.Context, _ *rows.Tx, j jobs.Job) (int64, error) {
	if !slices.ContainsFunc(q.waiting, func(o jobs.Job) bool { return o.Kind == j.Kind && o.Unique == j.Unique && o.Workspace == j.Workspace }) {
		q.waiting = append(q.waiting, j)
	}
	return int64(len(q.waiting)), nil
}

// room is the service over a store, with files, models and jobs of its own.
type room struct {
	*scan.Service
	files    artifacts
	models   *models
	queue    *queue
	events   *event.Log
	settings *scan.Settings // what its pointer holds counts
	logged   *bytes.Buffer  // what operators read
	ctx      context.Context
}

func eachRoom(t *testing.T, test func(t *testing.T, r room)) {
	t.Parallel()
	d := scan.Room()
	schemas := []rows.Schema{{Name: "event", Files: event.Migrations()}, {Name: d.Name, Files: d.Migrations}}
	rowstest.Each(t, schemas, func(t *testing.T, db *rows.DB) {
		r := room{files: artifacts{}, models: &models{tags: map[int64]string{}, uses: map[int64][]scan.Target{}}, queue: &queue{}, settings: &scan.Settings{}, logged: &bytes.Buffer{}}
		if err := r.settings.Validate(); err != nil {
			t.Fatal(err)
		}
		r.events = event.NewLog(db, id.NewSource(time.Now, rand.Reader), time.Now, slog.New(slog.DiscardHandler))
		r.Service = scan.New(scan.Config{DB: db, Events: r.events, Jobs: r.queue, Files: r.files, Models: r.models, Now: time.Now,
			Log: slog.New(slog.NewTextHandler(r.logged, nil)), Engine: "tacit test", Settings: func() *scan.Settings { return r.settings }})
		r.ctx = caller.With(context.Background(), caller.Local(caller.DefaultWorkspace))
		test(t, r)
	})
}

// work works all jobs that wait, and gives how many those were.
func (r room) work(t *testing.T) (worked int) {
	t.Helper()
	for len(r.queue.waiting) > 0 {
		j := r.queue.waiting[0]
		r.queue.waiting = r.queue.waiting[1:]
		ctx := caller.With(context.Background(), caller.System(j.Kind, j.Workspace))
		handle := r.WorkJudge
		switch j.Kind {
		case scan.RenewKind:
			handle = r.WorkRenew
		case scan.ReviewKind:
			handle = r.WorkReview
		}
		if err := handle(ctx, jobs.Work{Kind: j.Kind, Workspace: j.Workspace, Args: j.Args, Attempt: 1}); err != nil {
			t.Fatal(err)
		}
		worked++
	}
	return worked
}

// tell gives the room an event.
func (r room) tell(t *testing.T, verb string, subject urn.URN) {
	t.Helper()
	e := event.Event{ID: verb, Workspace: caller.DefaultWorkspace, Verb: verb, Subject: subject, Outcome: event.Done}
	if err := r.Take(context.Background(), []event.Event{e}); err != nil {
		t.Fatal(err)
	}
}

// told are the events of a verb, the newest first.
func (r room) told(t *testing.T, verb string) []event.Event {
	t.Helper()
	all, err := r.events.List(r.ctx, event.Query{Workspace: caller.DefaultWorkspace, Verb: verb, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func version(n string) urn.URN { return urn.New("model", "churn", n) }
