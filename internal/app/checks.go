package app

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
)

// newestJobs is how many jobs a finding looks at.
const newestJobs = 1000

// Examine looks at what an open house stands on, as tacit doctor does from
// outside, and at the jobs of the caller's workspace.
func (h *House) Examine(ctx context.Context) []Finding {
	up := h.now().Sub(h.started).Truncate(time.Second)
	all := []Finding{found(ok, "server", nil, "tacit %s, up for %s", h.Settings.Version, up)}
	if err := h.Healthy(ctx); err != nil {
		all[0] = found(bad, "server", err, "%s", fault.Sentence(err))
	}
	all = append(all, examineStore(ctx, h.Settings, h.Rows)...)
	all = append(all, examineBytes(ctx, h.Blobs), examineDisk(h.Settings), h.examineJobs(ctx))
	for _, examine := range h.examined {
		for _, f := range examine(ctx) {
			all = append(all, Finding(f))
		}
	}
	return all
}

func (h *House) examineJobs(ctx context.Context) Finding {
	listed, err := h.Jobs.List(ctx, jobs.Query{Limit: newestJobs})
	if err != nil {
		return found(bad, "jobs", err, "%s", fault.Sentence(err))
	}
	count := map[jobs.State]int{}
	for _, j := range listed {
		count[j.State]++
	}
	f := found(ok, "jobs", nil, "in workspace %s: %d waiting, %d running, %d to be tried again, %d failed", caller.Workspace(ctx),
		count[jobs.Waiting], count[jobs.Running], count[jobs.Retrying], count[jobs.Failed])
	if count[jobs.Failed] > 0 {
		f.Verdict, f.Remedy = warn, "GET /api/v1/jobs tells why they failed"
	}
	return f
}
