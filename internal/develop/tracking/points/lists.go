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

	// someChunks and someSegments number the chunks of one key, and the segments, of
	// the listed runs that follow; evenChunks and evenSegments end them, and keep of
	// each run the last and so many others, evenly chosen, the first among them.
	someChunks = `
SELECT c.run, c.bytes FROM (SELECT run, part, ROW_NUMBER() OVER (PARTITION BY run ORDER BY first_timestamp, part) - 1 AS place,
COUNT(*) OVER (PARTITION BY run) AS parts, CAST($3 AS BIGINT) AS few FROM tracking_chunk WHERE workspace = $1 AND key = $2 AND run IN `

	evenChunks = `) p JOIN tracking_chunk c ON c.workspace = $1 AND c.key = $2 AND c.run = p.run AND c.part = p.part
WHERE (p.place * p.few) % p.parts < p.few OR p.place = p.parts - 1`

	someSegments = `
SELECT c.run, c.bytes FROM (SELECT run, sequence, ROW_NUMBER() OVER (PARTITION BY run ORDER BY sequence) - 1 AS place,
COUNT(*) OVER (PARTITION BY run) AS parts, CAST($2 AS BIGINT) AS few FROM tracking_segment WHERE workspace = $1 AND run IN `

	evenSegments = `) p JOIN tracking_segment c ON c.workspace = $1 AND c.run = p.run AND c.sequence = p.sequence
WHERE (p.place * p.few) % p.parts < p.few OR p.place = p.parts - 1`

	// deleteLatestDue is followed by a list of sequences.
	deleteLatestDue = `DELETE FROM tracking_latest_due WHERE workspace = $1 AND run = $2 AND sequence IN `

	// deleteSegments is followed by a list of sequences.
	deleteSegments = `DELETE FROM tracking_segment WHERE workspace = $1 AND run = $2 AND sequence IN `
)
