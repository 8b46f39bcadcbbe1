package scan

import (
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const judgementColumns = `root, listing, digest, rules, status, reason, verdict, files, bytes, critical, high, medium, low, judged, gravest`

const (
	selectJudgement = `SELECT ` + judgementColumns + ` FROM scan_judgement WHERE workspace = $1 AND root = $2`

	selectReport = `SELECT report FROM scan_judgement WHERE workspace = $1 AND root = $2`

	upsertJudgement = `
INSERT INTO scan_judgement (workspace, ` + judgementColumns + `, report)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (workspace, root) DO UPDATE SET listing = excluded.listing, digest = excluded.digest, rules = excluded.rules,
    status = excluded.status, reason = excluded.reason, verdict = excluded.verdict, files = excluded.files, bytes = excluded.bytes,
    critical = excluded.critical, high = excluded.high, medium = excluded.medium, low = excluded.low, judged = excluded.judged,
    gravest = excluded.gravest, report = excluded.report`

	// What other rules judged, or judged anew, the oldest first.
	selectOutdated = `
SELECT workspace, root FROM scan_judgement WHERE rules <> $1 ORDER BY judged, workspace, root LIMIT $2`

	// Of the folders that begin the path of a file, those that were judged.
	selectJudgedAbove = `SELECT root FROM scan_judgement WHERE workspace = $1 AND root IN `

	// Of versions, how their files were judged, and the report where they are not clean.
	selectKept = `
SELECT name, number, ` + judgementColumns + `, CASE WHEN verdict = 'clean' THEN NULL ELSE report END
FROM scan_version JOIN scan_judgement USING (workspace, root) WHERE workspace = $1 AND (name, number) IN `

	selectOverrides = `SELECT digest, who, reason, made FROM scan_override WHERE workspace = $1 AND digest IN `

	insertVersion = `
INSERT INTO scan_version (workspace, root, name, number) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, name, number) DO UPDATE SET root = excluded.root`

	selectVersionRoot = `SELECT root FROM scan_version WHERE workspace = $1 AND name = $2 AND number = $3`

	selectVersionsAt = `SELECT name, number FROM scan_version WHERE workspace = $1 AND root = $2 ORDER BY name, number`

	renameVersions = `UPDATE scan_version SET name = $3 WHERE workspace = $1 AND name = $2`
	deleteVersion  = `DELETE FROM scan_version WHERE workspace = $1 AND name = $2 AND number = $3`
	deleteVersions = `DELETE FROM scan_version WHERE workspace = $1 AND name = $2`

	selectOverride = `SELECT digest, who, reason, made FROM scan_override WHERE workspace = $1 AND digest = $2`

	upsertOverride = `
INSERT INTO scan_override (workspace, digest, who, reason, made) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace, digest) DO UPDATE SET who = excluded.who, reason = excluded.reason, made = excluded.made`

	deleteOverride = `DELETE FROM scan_override WHERE workspace = $1 AND digest = $2`

	selectSignature = `SELECT listing, reason, change, bundle, rest FROM scan_signature WHERE workspace = $1 AND root = $2`

	selectContents = `SELECT listing, files FROM scan_signature WHERE workspace = $1 AND root = $2`

	upsertSignature = `
INSERT INTO scan_signature (workspace, root, listing, reason, change, bundle, files, rest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace, root) DO UPDATE SET listing = excluded.listing, reason = excluded.reason, change = excluded.change,
    bundle = excluded.bundle, files = excluded.files, rest = excluded.rest`

	clearJudgements = `DELETE FROM scan_judgement WHERE workspace = $1`
	clearVersions   = `DELETE FROM scan_version WHERE workspace = $1`
	clearOverrides  = `DELETE FROM scan_override WHERE workspace = $1`
	clearSignatures = `DELETE FROM scan_signature WHERE workspace = $1`
)

func scanJudgement(row rows.Scanner) (j Judgement, err error) {
	err = scanJudgementWith(row, &j, nil, nil)
	return j, err
}

// scanJudgementWith scans what stands before and behind a judgement's columns, too.
func scanJudgementWith(row rows.Scanner, j *Judgement, before, behind []any) error {
	var judged int64
	err := row.Scan(slices.Concat(before, []any{&j.Root, &j.Listing, &j.Digest, &j.Rules, &j.Status, &j.Reason, &j.Verdict, &j.Files, &j.Bytes,
		&j.Critical, &j.High, &j.Medium, &j.Low, &judged, &j.Gravest}, behind)...)
	j.Judged = time.UnixMicro(judged).UTC()
	return err
}

// keptVersion is a version with how its files were judged.
type keptVersion struct {
	VersionRef
	judgement Judgement
	report    []byte
}

func scanKept(row rows.Scanner) (k keptVersion, err error) {
	err = scanJudgementWith(row, &k.judgement, []any{&k.Name, &k.Number}, []any{&k.report})
	return k, err
}

func (j Judgement) args(workspace string, report []byte) []any {
	return []any{workspace, j.Root, j.Listing, j.Digest, j.Rules, j.Status, j.Reason, j.Verdict, j.Files, j.Bytes,
		j.Critical, j.High, j.Medium, j.Low, j.Judged.UnixMicro(), j.Gravest, report}
}

// versionAt is a version whose files lie below a root.
type versionAt struct {
	name   string
	number int64
}

func scanVersionAt(row rows.Scanner) (v versionAt, err error) { return v, row.Scan(&v.name, &v.number) }

// place is a root in a workspace.
type place struct{ workspace, root string }

func scanPlace(row rows.Scanner) (p place, err error) { return p, row.Scan(&p.workspace, &p.root) }

func scanOverride(row rows.Scanner) (o Override, err error) {
	var made int64
	err = row.Scan(&o.Digest, &o.Who, &o.Reason, &made)
	o.Made = time.UnixMicro(made).UTC()
	return o, err
}
