package queue

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// listMost bounds a list.
const listMost = 10_000

// Status tells where a job stands.
func (q *Queue) Status(ctx context.Context, id int64) (_ jobs.Status, err error) {
	defer fault.Wrap(&err, "queue.Status(%d)", id)
	client, err := q.open()
	if err != nil {
		return jobs.Status{}, err
	}
	job, err := own(ctx, client, id)
	if err != nil {
		return jobs.Status{}, err
	}
	return q.status(ctx, job)
}

// own finds a job of the caller's workspace. fault.NotFound.
func own(ctx context.Context, client *river.Client[*sql.Tx], id int64) (*rivertype.JobRow, error) {
	job, err := client.JobGet(ctx, id)
	if err != nil {
		return nil, missing(id, err)
	}
	var e envelope
	if err := json.Unmarshal(job.EncodedArgs, &e); err != nil {
		return nil, err
	}
	if e.Workspace != caller.Workspace(ctx) {
		return nil, missing(id, rivertype.ErrNotFound)
	}
	return job, nil
}

// List gives the newest jobs of the caller's workspace first, 10,000 at most.
func (q *Queue) List(ctx context.Context, which jobs.Query) (_ []jobs.Status, err error) {
	defer fault.Wrap(&err, "queue.List(%s)", which.Kind)
	client, err := q.open()
	if err != nil {
		return nil, err
	}
	limit := cmp.Or(max(which.Limit, 0), 100)
	params := river.NewJobListParams().First(min(limit, listMost)).OrderBy(river.JobListOrderByID, river.SortOrderDesc).
		Where("args ->> 'workspace' = @workspace", river.NamedArgs{"workspace": caller.Workspace(ctx)})
	if which.Kind != "" {
		params = params.Kinds(which.Kind)
	}
	if which.Before > 0 {
		params = params.Where("id < @before", river.NamedArgs{"before": which.Before})
	}
	found, err := client.JobList(ctx, params)
	if err != nil {
		return nil, err
	}
	all := make([]jobs.Status, len(found.Jobs))
	for i, job := range found.Jobs {
		if all[i], err = q.status(ctx, job); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Cancel keeps a waiting job from starting and ends the context of a running
// one: at once in this process, within two seconds in another. A job that has
// ended stays as it is, and is not told of.
func (q *Queue) Cancel(ctx context.Context, id int64, told jobs.Told) (err error) {
	defer fault.Wrap(&err, "queue.Cancel(%d)", id)
	client, err := q.open()
	if err != nil {
		return err
	}
	job, err := own(ctx, client, id)
	if err != nil || job.FinalizedAt != nil {
		return err
	}
	err = q.DB.Write(ctx, func(tx *rows.Tx) error {
		// As in Enqueue, River must not end the statement when the caller goes away.
		if _, err := client.JobCancelTx(context.WithoutCancel(ctx), tx.SQL(), id); err != nil {
			return missing(id, err)
		}
		return told(ctx, tx, job.Kind)
	})
	if err != nil {
		return err
	}
	q.mu.Lock()
	cancel := q.running[id]
	q.mu.Unlock()
	if cancel != nil {
		cancel(errCancelled)
	}
	return nil
}

func missing(id int64, err error) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return fault.Because(err, fault.NotFound, "There is no job %d.", id)
	}
	return err
}

func (q *Queue) status(ctx context.Context, job *rivertype.JobRow) (jobs.Status, error) {
	var e envelope
	if err := json.Unmarshal(job.EncodedArgs, &e); err != nil {
		return jobs.Status{}, err
	}
	s := jobs.Status{
		ID: job.ID, Kind: job.Kind, Workspace: e.Workspace, State: state(job), Attempt: job.Attempt, Created: job.CreatedAt.UTC(),
	}
	if job.FinalizedAt != nil {
		s.Finished = job.FinalizedAt.UTC()
	}
	if n := len(job.Errors); n > 0 && s.State != jobs.Succeeded {
		s.Error = job.Errors[n-1].Error
	}
	p, err := rows.One(ctx, q.DB.Read(), scanProgress, selectProgress, job.ID)
	if err != nil && !rows.IsNone(err) {
		return s, err
	}
	s.Done, s.Total, s.Note = p.done, p.total, p.note
	return s, nil
}

// state reads River's. A job that its handler refused for good is cancelled
// there although nobody cancelled it.
func state(job *rivertype.JobRow) jobs.State {
	switch job.State {
	case rivertype.JobStateRunning:
		return jobs.Running
	case rivertype.JobStateRetryable:
		return jobs.Retrying
	case rivertype.JobStateCompleted:
		return jobs.Succeeded
	case rivertype.JobStateDiscarded:
		return jobs.Failed
	case rivertype.JobStateCancelled:
		var asked struct {
			At *string `json:"cancel_attempted_at"`
		}
		if json.Unmarshal(job.Metadata, &asked) == nil && asked.At == nil && len(job.Errors) > 0 {
			return jobs.Failed
		}
		return jobs.Cancelled
	default:
		return jobs.Waiting
	}
}
