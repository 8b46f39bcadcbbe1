package rest

import (
	"context"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/page"
)

// Jobs are the jobs of the caller's workspace.
type Jobs interface {
	List(context.Context, jobs.Query) ([]jobs.Status, error)
	Status(ctx context.Context, id int64) (jobs.Status, error)
	Cancel(ctx context.Context, id int64) error
}

// JobBody is one job.
type JobBody struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind" example:"blobs.sweep"`
	State    string     `json:"state" enum:"waiting,running,retrying,succeeded,cancelled,failed"`
	Attempt  int        `json:"attempt" doc:"attempts begun"`
	Done     int64      `json:"done" doc:"how far the work is, of total"`
	Total    int64      `json:"total" doc:"0 when nobody knows"`
	Note     string     `json:"note,omitempty" doc:"what is being done"`
	Error    string     `json:"error,omitempty" doc:"of the last attempt"`
	Created  time.Time  `json:"created"`
	Finished *time.Time `json:"finished,omitempty"`
}

// JobPath names a job.
type JobPath struct {
	ID int64 `path:"id" minimum:"1"`
}

type listJobsInput struct {
	Kind  string `query:"kind" maxLength:"200" doc:"jobs of one kind"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"items of a page at most"`
	Page  string `query:"page" maxLength:"1000" doc:"next of the page before; the rest stays the same"`
}

func (f *face) jobs() {
	at := numbered("job", "id")
	add(f, operation{"GET", "/jobs", "list-jobs", "Jobs of the workspace, the newest first", "job.list", listed, 0}, f.listJobs)
	add(f, operation{"GET", "/jobs/{id}", "get-job", "One job and how far it is", "job.read", at, 0}, f.getJob)
	add(f, operation{"POST", "/jobs/{id}/cancel", "cancel-job", "Keep a job from starting, or tell it to stop", "job.update", at, 0}, f.cancelJob)
}

func (f *face) listJobs(ctx context.Context, in *listJobsInput) (*output[Page[JobBody]], error) {
	// A condition cannot be asked of jobs: who may not see all sees none.
	visible, err := f.Access.Visible(ctx, "job.list")
	if err != nil {
		return nil, err
	}
	if _, all := visible.(filter.True); !all {
		return nil, fault.New(fault.Denied, "Jobs are listed to who may see all of them.")
	}
	scope := page.Scope("jobs", caller.Workspace(ctx), in.Kind)
	end, err := page.Open(f.PageKey, scope, in.Page)
	if err != nil {
		return nil, err
	}
	q := jobs.Query{Kind: in.Kind, Limit: in.Limit + 1}
	if end != nil {
		q.Before = end[0].Value.(int64)
	}
	found, err := f.Jobs.List(ctx, q)
	next := ""
	if len(found) > in.Limit {
		found = found[:in.Limit]
		next = f.after(scope, found[in.Limit-1].ID)
	}
	return pageOf(found, next, jobBody), err
}

func (f *face) getJob(ctx context.Context, in *JobPath) (*output[JobBody], error) {
	s, err := f.Jobs.Status(ctx, in.ID)
	return &output[JobBody]{jobBody(s)}, err
}

func (f *face) cancelJob(ctx context.Context, in *JobPath) (*changed, error) {
	return &changed{}, f.Jobs.Cancel(ctx, in.ID)
}

func jobBody(s jobs.Status) JobBody {
	b := JobBody{
		ID: strconv.FormatInt(s.ID, 10), Kind: s.Kind, State: string(s.State), Attempt: s.Attempt, Done: s.Done, Total: s.Total, Note: s.Note, Error: s.Error,
		Created: s.Created.UTC().Truncate(time.Millisecond),
	}
	if !s.Finished.IsZero() {
		b.Finished = new(s.Finished.UTC().Truncate(time.Millisecond))
	}
	return b
}
