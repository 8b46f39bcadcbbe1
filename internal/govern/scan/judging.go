package scan

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// JudgeKind is the job that judges the files of a model.
	JudgeKind = "scan.judge"
	// JudgeTime bounds one attempt at it.
	JudgeTime = 12 * time.Hour
	// settling is how long a job waits for more files of a folder that is being written
	// to, or judged: all files are read for each verdict, however few are new. Gates do
	// not wait for it.
	settling = 2 * time.Second
)

// told is what a job of JudgeKind is told.
type told struct {
	Root string `json:"root"`
	// Known says that a version has the root, or that it was judged: the job does nothing
	// once that is so no more, as when the workspace was moved or emptied.
	Known bool `json:"known,omitempty"`
}

// underway are the folders that jobs of this process judge now.
type underway struct {
	mu    sync.Mutex
	roots map[place]chan struct{} // closed when the job ends
}

// begin takes a folder, until end is called. It reports false where a job has it.
func (u *underway) begin(p place) (end func(), free bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.roots[p] != nil {
		return nil, false
	}
	if u.roots == nil {
		u.roots = map[place]chan struct{}{}
	}
	ended := make(chan struct{})
	u.roots[p] = ended
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.roots, p)
		close(ended)
	}, true
}

// wait returns when no job has a folder, or the context ends.
func (u *underway) wait(ctx context.Context, p place) error {
	u.mu.Lock()
	ended := u.roots[p]
	u.mu.Unlock()
	if ended == nil {
		return nil
	}
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// request has the files below a folder judged by a job, whoever has them.
func (s *Service) request(ctx context.Context, root string) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		return s.enqueueFor(ctx, tx, caller.Workspace(ctx), told{Root: root}, time.Time{})
	})
}

// enqueue has files judged that a version has, or that were judged before.
func (s *Service) enqueue(ctx context.Context, tx *rows.Tx, workspace, root string) error {
	return s.enqueueFor(ctx, tx, workspace, told{root, true}, time.Time{})
}

// enqueueLater is enqueue of files that may still be changing.
func (s *Service) enqueueLater(ctx context.Context, tx *rows.Tx, root string) error {
	return s.enqueueFor(ctx, tx, caller.Workspace(ctx), told{root, true}, s.Now().Add(settling))
}

func (s *Service) enqueueFor(ctx context.Context, tx *rows.Tx, workspace string, t told, at time.Time) error {
	args, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: JudgeKind, Workspace: workspace, Args: args, Unique: t.Root, At: at})
	return err
}

// errUnknown ends a job for files that nothing has any more.
var errUnknown = errors.New("scan: nothing has the files any more")

// still is errUnknown where neither a version nor a judgement has a root of which that
// was known.
func (t told) still(ctx context.Context, r rows.Reader) error {
	if !t.Known {
		return nil
	}
	_, known, err := one(ctx, r, rows.Column[string], selectRoot, t.Root)
	if err == nil && !known {
		err = errUnknown
	}
	return err
}

// WorkJudge judges the files of a model, as a job, and looks at the versions that have
// them: what they are used as before the verdict was kept is seen here, and what they
// become later is held against it. Files that are being judged, or were judged by
// somebody else meanwhile, are left to a later job: there is one at a time for a folder,
// however often its files change.
func (s *Service) WorkJudge(ctx context.Context, w jobs.Work) (err error) {
	defer fault.Wrap(&err, "scan.WorkJudge(%s)", w.Workspace)
	var t told
	if err := json.Unmarshal(w.Args, &t); err != nil || t.Root == "" {
		return fault.Because(err, fault.Invalid, "The job does not say which folder.")
	}
	later := func() error {
		return s.DB.Write(ctx, func(tx *rows.Tx) error {
			return s.enqueueFor(ctx, tx, caller.Workspace(ctx), t, s.Now().Add(settling))
		})
	}
	end, free := s.underway.begin(place{caller.Workspace(ctx), t.Root})
	if !free {
		return later()
	}
	defer end()
	err = t.still(ctx, s.DB.Read())
	if err == nil {
		_, _, err = s.judgeOnce(ctx, t.Root, func(tx *rows.Tx) error { return t.still(ctx, tx) })
	}
	switch {
	case errors.Is(err, errUnknown):
		return nil
	case errors.Is(err, errOvertaken):
		return later()
	case err != nil:
		return err
	}
	versions, err := rows.Collect(ctx, s.DB.Read(), scanVersionAt, selectVersionsAt, caller.Workspace(ctx), t.Root)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if err := s.review(ctx, v); err != nil {
			return err
		}
	}
	return nil
}
