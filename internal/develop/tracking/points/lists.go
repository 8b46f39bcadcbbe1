package points

// Beginnings and ends of statements that a list or more rows complete. Whole
// statements are in rows.go.
const (
	latestOfRuns = `SELECT run, key, value, is_nan, timestamp, step FROM tracking_metric WHERE workspace = $1 AND run IN `

	insertMetric = `INSERT INTO tracking_metric (workspace, run, key, value, is_nan, timestamp, step) VALUES `

	latestWins = `
ON CONFLICT (workspace, run, key) DO UPDATE SET
value = excluded.value, is_nan = excluded.is_nan, timestamp = excluded.timestamp, step = excluded.step
WHERE (excluded.step, excluded.timestamp, excluded.value, excluded.is_nan) >
(tracking_metric.step, tracking_metric.timestamp, tracking_metric.value, tracking_metric.is_nan)`

	// dueAmongRuns is followed by a list of runs.
	dueAmongRuns = `SELECT DISTINCT run FROM tracking_latest_due WHERE workspace = $1 AND run IN `

	// deleteLatestDue is followed by a list of sequences.
	deleteLatestDue = `DELETE FROM tracking_latest_due WHERE workspace = $1 AND run = $2 AND sequence IN `

	// deleteSegments is followed by a list of sequences.
	deleteSegments = `DELETE FROM tracking_segment WHERE workspace = $1 AND run = $2 AND sequence IN `
)
