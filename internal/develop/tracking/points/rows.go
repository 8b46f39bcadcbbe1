package points

// Segments, the latest points and chunks.
const (
	insertSegment = `
INSERT INTO tracking_segment (workspace, run, sequence, points, bytes) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace, run, sequence) DO NOTHING`

	selectSegments = `
SELECT sequence, bytes FROM tracking_segment WHERE workspace = $1 AND run = $2 ORDER BY sequence LIMIT $3`

	emptyLatest    = `DELETE FROM tracking_metric WHERE workspace = $1`
	emptySegments  = `DELETE FROM tracking_segment WHERE workspace = $1`
	emptyLatestDue = `DELETE FROM tracking_latest_due WHERE workspace = $1`
	emptyChunks    = `DELETE FROM tracking_chunk WHERE workspace = $1`
	emptySeals     = `DELETE FROM tracking_seal WHERE workspace = $1`

	moveLatest    = `UPDATE tracking_metric SET workspace = $2 WHERE workspace = $1`
	moveSegments  = `UPDATE tracking_segment SET workspace = $2 WHERE workspace = $1`
	moveLatestDue = `UPDATE tracking_latest_due SET workspace = $2 WHERE workspace = $1`
	moveChunks    = `UPDATE tracking_chunk SET workspace = $2 WHERE workspace = $1`
	moveSeals     = `UPDATE tracking_seal SET workspace = $2 WHERE workspace = $1`

	insertLatestDue = `INSERT INTO tracking_latest_due (workspace, run, sequence) VALUES ($1, $2, $3)`

	hasLatestDue = `SELECT EXISTS (SELECT 1 FROM tracking_latest_due WHERE workspace = $1 AND run = $2)`

	runsWithLatestDue = `SELECT DISTINCT run FROM tracking_latest_due WHERE workspace = $1`

	segmentsWithLatestDue = `
SELECT s.sequence, s.bytes FROM tracking_latest_due d
JOIN tracking_segment s ON s.workspace = d.workspace AND s.run = d.run AND s.sequence = d.sequence
WHERE d.workspace = $1 AND d.run = $2 ORDER BY s.sequence LIMIT $3`

	// selectMark changes with each segment and with each merge.
	selectMark = `
SELECT COUNT(*), COALESCE(MAX(sequence), 0),
COALESCE((SELECT version FROM tracking_seal WHERE workspace = $1 AND run = $2), 0)
FROM tracking_segment WHERE workspace = $1 AND run = $2`

	selectChunks = `
SELECT first_timestamp, bytes FROM tracking_chunk
WHERE workspace = $1 AND run = $2 AND key = $3 AND last_timestamp >= $4 ORDER BY first_timestamp, part`
)

// Merging of segments into chunks.
const (
	pendingRuns = `SELECT DISTINCT workspace, run FROM tracking_segment LIMIT $1`

	// owedRuns have merged points that no event has told of.
	owedRuns = `SELECT workspace, run FROM tracking_seal WHERE points > announced LIMIT $1`

	selectSeal = `
SELECT version, points, hash, announced, told FROM tracking_seal WHERE workspace = $1 AND run = $2`

	// upsertSeal changes nothing when another merge was first.
	upsertSeal = `
INSERT INTO tracking_seal (workspace, run, version, points, hash, announced, told)
VALUES ($1, $2, CAST($3 AS BIGINT) + 1, $4, $5, $6, $7)
ON CONFLICT (workspace, run) DO UPDATE SET
version = excluded.version, points = excluded.points, hash = excluded.hash, announced = excluded.announced, told = excluded.told
WHERE tracking_seal.version = $3`

	selectLastChunk = `
SELECT part, points, bytes FROM tracking_chunk
WHERE workspace = $1 AND run = $2 AND key = $3 ORDER BY part DESC LIMIT 1`

	upsertChunk = `
INSERT INTO tracking_chunk (workspace, run, key, part, points, first_timestamp, last_timestamp, bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace, run, key, part) DO UPDATE SET
points = excluded.points, first_timestamp = excluded.first_timestamp, last_timestamp = excluded.last_timestamp, bytes = excluded.bytes`
)
