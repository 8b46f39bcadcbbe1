package scan

import (
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const judgementColumns = `root, listing, digest, rules, status, reason, verdict, files, bytes, critical, high, medium, low, judged, gravest`

const (
	overrideColumns = `digest, who, reason, made, root`
	failingColumns  = `uses, why, digest, since`
)

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

	// Folders that were judged, or that versions have, the second before a job judged
	// them first.
	rootsOfWorkspace = `
SELECT root FROM (SELECT workspace, root FROM scan_judgement UNION SELECT workspace, root FROM scan_version) known WHERE workspace = $1 AND `

	// Of the folders that begin the path of a file, those.
	selectRootsAbove = rootsOfWorkspace + `root IN `

	selectRoot = rootsOfWorkspace + `root = $2 LIMIT 1`

	// Of what lies below a folder, from its name with a slash to that with what follows
	// a slash, those.
	selectRootsBelow = rootsOfWorkspace + `root > $2 AND root < $3`

	// Of versions, how their files were judged, and the report where they are not clean.
	selectKept = `
SELECT name, number, ` + judgementColumns + `, CASE WHEN verdict = 'clean' THEN NULL ELSE report END
FROM scan_version JOIN scan_judgement USING (workspace, root) WHERE workspace = $1 AND (name, number) IN `

	selectOverrides = `SELECT ` + overrideColumns + ` FROM scan_override WHERE workspace = $1 AND digest IN `

	// Those that were made for files of a folder, and hold for other bytes than it has.
	selectAsleep = `
SELECT ` + overrideColumns + ` FROM scan_override WHERE workspace = $1 AND root = $2 AND digest <> $3 ORDER BY made, digest`

	countVersionsOf = `
SELECT count(*) FROM scan_version JOIN scan_judgement USING (workspace, root) WHERE workspace = $1 AND digest = $2`

	selectRootsOf = `SELECT root FROM scan_judgement WHERE workspace = $1 AND digest = $2 ORDER BY root`

	selectFailing = `SELECT ` + failingColumns + ` FROM scan_failing WHERE workspace = $1 AND name = $2 AND number = $3`

	selectAllFailing = `
SELECT name, number, ` + failingColumns + ` FROM scan_failing WHERE workspace = $1 AND (name, number) IN `

	upsertFailing = `
INSERT INTO scan_failing (workspace, name, number, ` + failingColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace, name, number) DO UPDATE SET uses = excluded.uses, why = excluded.why, digest = excluded.digest, since = excluded.since`

	renameFailing    = `UPDATE scan_failing SET name = $3 WHERE workspace = $1 AND name = $2`
	deleteFailing    = `DELETE FROM scan_failing WHERE workspace = $1 AND name = $2 AND number = $3`
	deleteFailingAll = `DELETE FROM scan_failing WHERE workspace = $1 AND name = $2`

	insertVersion = `
INSERT INTO scan_version (workspace, root, name, number) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, name, number) DO UPDATE SET root = excluded.root`

	selectVersionRoot = `SELECT root FROM scan_version WHERE workspace = $1 AND name = $2 AND number = $3`

	selectVersionsAt = `SELECT name, number FROM scan_version WHERE workspace = $1 AND root = $2 ORDER BY name, number`

	renameVersions = `UPDATE scan_version SET name = $3 WHERE workspace = $1 AND name = $2`
	deleteVersion  = `DELETE FROM scan_version WHERE workspace = $1 AND name = $2 AND number = $3`
	deleteVersions = `DELETE FROM scan_version WHERE workspace = $1 AND name = $2`

	selectOverride = `SELECT ` + overrideColumns + ` FROM scan_override WHERE workspace = $1 AND digest = $2`

	upsertOverride = `
INSERT INTO scan_override (workspace, ` + overrideColumns + `) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace, digest) DO UPDATE SET who = excluded.who, reason = excluded.reason, made = excluded.made, root = excluded.root`

	deleteOverride = `DELETE FROM scan_override WHERE workspace = $1 AND digest = $2`

	selectSignature = `SELECT listing, reason, change, bundle, rest, told FROM scan_signature WHERE workspace = $1 AND root = $2`

	// Folders whose files somebody signed.
	selectSigned = `SELECT root FROM scan_signature WHERE workspace = $1 AND length(bundle) > 0 ORDER BY root`

	tellSignature = `UPDATE scan_signature SET told = $3 WHERE workspace = $1 AND root = $2`

	// selectWorkspaces goes from one workspace to the next by the index.
	selectWorkspaces = `
WITH RECURSIVE named(workspace) AS (SELECT MIN(workspace) FROM scan_judgement
UNION ALL SELECT (SELECT MIN(j.workspace) FROM scan_judgement j WHERE j.workspace > named.workspace) FROM named WHERE named.workspace IS NOT NULL)
SELECT workspace FROM named WHERE workspace IS NOT NULL`

	selectContents = `SELECT listing, files FROM scan_signature WHERE workspace = $1 AND root = $2`

	upsertSignature = `
INSERT INTO scan_signature (workspace, root, listing, reason, change, bundle, files, rest, told) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (workspace, root) DO UPDATE SET listing = excluded.listing, reason = excluded.reason, change = excluded.change,
    bundle = excluded.bundle, files = excluded.files, rest = excluded.rest, told = excluded.told`

	selectMemory = `SELECT kept FROM scan_memory WHERE workspace = $1 AND root = $2 AND rules = $3`

	upsertMemory = `
INSERT INTO scan_memory (workspace, root, rules, kept) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, root) DO UPDATE SET rules = excluded.rules, kept = excluded.kept`

	deleteMemory = `DELETE FROM scan_memory WHERE workspace = $1 AND root = $2`

	clearMemories   = `DELETE FROM scan_memory WHERE workspace = $1`
	clearJudgements = `DELETE FROM scan_judgement WHERE workspace = $1`
	clearVersions   = `DELETE FROM scan_version WHERE workspace = $1`
	clearOverrides  = `DELETE FROM scan_override WHERE workspace = $1`
	clearSignatures = `DELETE FROM scan_signature WHERE workspace = $1`
	selectFixes     = `SELECT digest, name, number FROM scan_fix WHERE workspace = $1 AND digest IN `

	upsertFix = `
INSERT INTO scan_fix (workspace, digest, name, number) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, digest) DO UPDATE SET name = excluded.name, number = excluded.number`

	insertFixed = `INSERT INTO scan_fixed (workspace, name, number, digest) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`

	renameFixes  = `UPDATE scan_fix SET name = $3 WHERE workspace = $1 AND name = $2`
	renameFixed  = `UPDATE scan_fixed SET name = $3 WHERE workspace = $1 AND name = $2`
	deleteFixes  = `DELETE FROM scan_fix WHERE workspace = $1 AND name = $2`
	deleteFixed  = `DELETE FROM scan_fixed WHERE workspace = $1 AND name = $2`
	clearFixes   = `DELETE FROM scan_fix WHERE workspace = $1`
	clearFixed   = `DELETE FROM scan_fixed WHERE workspace = $1`
	clearFailing = `DELETE FROM scan_failing WHERE workspace = $1`
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

func scanVersionAt(row rows.Scanner) (v VersionRef, err error) {
	return v, row.Scan(&v.Name, &v.Number)
}

// place is a root in a workspace.
type place struct{ workspace, root string }

func scanPlace(row rows.Scanner) (p place, err error) { return p, row.Scan(&p.workspace, &p.root) }

func scanOverride(row rows.Scanner) (o Override, err error) {
	var made int64
	err = row.Scan(&o.Digest, &o.Who, &o.Reason, &made, &o.root)
	o.Made = time.UnixMicro(made).UTC()
	return o, err
}

func scanFailing(row rows.Scanner) (f Failing, err error) {
	err = scanFailingWith(row, &f)
	return f, err
}

func scanFailingWith(row rows.Scanner, f *Failing, before ...any) error {
	var (
		at    string
		since int64
	)
	err := row.Scan(append(before, &at, &f.Why, &f.Digest, &since)...)
	f.At, f.Since = strings.Split(at, "\n"), time.UnixMicro(since).UTC()
	return err
}

// failingVersion is a version with what it fails at.
type failingVersion struct {
	VersionRef
	Failing
}

func scanFailingVersion(row rows.Scanner) (f failingVersion, err error) {
	return f, scanFailingWith(row, &f.Failing, &f.Name, &f.Number)
}
