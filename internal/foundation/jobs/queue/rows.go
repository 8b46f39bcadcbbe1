package queue

import "github.com/tacit-ml/tacit/internal/foundation/rows"

const selectProgress = `SELECT done, total, note FROM jobs_progress WHERE job = $1`

const upsertProgress = `
INSERT INTO jobs_progress (job, done, total, note, moved) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (job) DO UPDATE SET done = excluded.done, total = excluded.total, note = excluded.note, moved = excluded.moved`

const deleteForgottenProgress = `DELETE FROM jobs_progress WHERE NOT EXISTS (SELECT 1 FROM river_job WHERE river_job.id = jobs_progress.job)`

// claimUnique takes the row of a unique text, makes it when there is none, and
// answers with the last job that had it, 0 for none. Two writers that want the
// same one wait for each other here, or collide and are repeated.
const claimUnique = `
INSERT INTO jobs_unique (workspace, kind, name, job) VALUES ($1, $2, $3, 0)
ON CONFLICT (workspace, kind, name) DO UPDATE SET job = jobs_unique.job RETURNING job`

const setUnique = `UPDATE jobs_unique SET job = $4 WHERE workspace = $1 AND kind = $2 AND name = $3`

const deleteForgottenUnique = `DELETE FROM jobs_unique WHERE NOT EXISTS (SELECT 1 FROM river_job WHERE river_job.id = jobs_unique.job)`

// holdWaiting answers with the job when it waits still, and keeps it from
// starting before this transaction ends: a job that started earlier would not
// see the change that asks for it.
const holdWaiting = `
UPDATE river_job SET scheduled_at = scheduled_at
WHERE id = $1 AND state IN ('available', 'scheduled', 'retryable', 'pending') RETURNING id`

// takeUpSQLite makes the jobs of a dead process available again, with at least
// one attempt left.
const takeUpSQLite = `
UPDATE river_job SET state = 'available', max_attempts = CASE WHEN attempt >= max_attempts THEN attempt + 1 ELSE max_attempts END
WHERE state = 'running'`

// progress is how far a job is.
type progress struct {
	done, total int64
	note        string
}

func scanProgress(s rows.Scanner) (p progress, err error) {
	return p, s.Scan(&p.done, &p.total, &p.note)
}
