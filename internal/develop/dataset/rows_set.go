package dataset

import (
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// ofVersion are the columns that scanVersion reads.
	ofVersion = `v.remote, v.layout, v.name, v.files, v.bytes, v.pushed, v.actor, v.row_count, v.column_count`

	selectSets = `
WITH s AS (SELECT remote, path, count(*) AS versions FROM dataset_member
WHERE workspace = $1 AND (remote, path) > ($2, $3) AND (lower(remote) LIKE $4 ESCAPE '\' OR lower(path) LIKE $4 ESCAPE '\')
GROUP BY remote, path ORDER BY remote, path LIMIT $5)
SELECT s.path, s.versions, ` + ofVersion + ` FROM s JOIN dataset_version v ON v.workspace = $1 AND v.remote = s.remote
AND (v.layout, v.name) = (SELECT m.layout, m.name FROM dataset_member m WHERE m.workspace = $1 AND m.remote = s.remote AND m.path = s.path
ORDER BY m.pushed DESC, m.layout, m.name LIMIT 1) ORDER BY s.remote, s.path`

	selectMembers = `
SELECT ` + ofVersion + ` FROM dataset_member m
JOIN dataset_version v ON v.workspace = m.workspace AND v.remote = m.remote AND v.layout = m.layout AND v.name = m.name
WHERE m.workspace = $1 AND m.remote = $2 AND m.path = $3 AND (m.pushed < $4 OR m.pushed = $4 AND (m.layout, m.name) > ($5, $6))
ORDER BY m.pushed DESC, m.layout, m.name LIMIT $7`

	selectVersion = `
SELECT ` + ofVersion + ` FROM dataset_version v WHERE v.workspace = $1 AND v.remote = $2 AND v.name = $3 ORDER BY v.layout LIMIT 1`

	selectEverywhere = `
SELECT ` + ofVersion + ` FROM dataset_version v JOIN dataset_remote r ON r.workspace = v.workspace AND r.name = v.remote
WHERE r.workspace = $1 AND v.name = $2 ORDER BY v.remote, v.layout`

	// Where versions of some names are, the newest $3 of each.
	selectSites = `
SELECT layout, name, path, revision, repository, registered, actor FROM (SELECT layout, name, path, revision, repository, registered, actor,
row_number() OVER (PARTITION BY layout, name ORDER BY registered DESC, path, repository, revision) AS place
FROM dataset_place WHERE workspace = $1 AND remote = $2 AND name IN `

	newestSites = `) x WHERE place <= $3 ORDER BY layout, name, place`

	insertMember = `
INSERT INTO dataset_member (workspace, remote, path, layout, name, pushed) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`

	insertPlace = `
INSERT INTO dataset_place (workspace, remote, layout, name, path, repository, revision, registered, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING`

	// Of a version's places those that came before the newest $5.
	deleteOldPlaces = `
DELETE FROM dataset_place WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4 AND (path, repository, revision) IN (
SELECT path, repository, revision FROM dataset_place WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4
ORDER BY registered DESC, path, repository, revision LIMIT $6 OFFSET $5)`

	countOtherPaths = `
SELECT count(DISTINCT path) FROM dataset_place WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4 AND path <> $5`

	deletePlaceless = `
DELETE FROM dataset_member WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4 AND path NOT IN (
SELECT path FROM dataset_place WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4)`

	selectPushed = `SELECT pushed FROM dataset_version WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4`

	// A version whose path is told is no longer among those whose is not.
	deleteUnplaced = `DELETE FROM dataset_member WHERE workspace = $1 AND remote = $2 AND path = '' AND layout = $3 AND name = $4`

	markDueAgain = `
UPDATE dataset_version SET profiled = 0 WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4 AND row_count IS NULL`

	deleteMembers = `DELETE FROM dataset_member WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name IN `
	deletePlaces  = `DELETE FROM dataset_place WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name IN `

	clearMembers  = `DELETE FROM dataset_member WHERE workspace = $1`
	clearPlaces   = `DELETE FROM dataset_place WHERE workspace = $1`
	clearProfiles = `DELETE FROM dataset_profile WHERE workspace = $1`
	clearUses     = `DELETE FROM dataset_use WHERE workspace = $1`

	moveMembers = `UPDATE dataset_member SET workspace = $2 WHERE workspace = $1`
	movePlaces  = `UPDATE dataset_place SET workspace = $2 WHERE workspace = $1`

	// Both workspaces may have looked at the same file.
	moveProfiles = `
INSERT INTO dataset_profile (workspace, layout, name, state, reason, row_count, column_count, body, made)
SELECT $2, layout, name, state, reason, row_count, column_count, body, made FROM dataset_profile WHERE workspace = $1 ON CONFLICT DO NOTHING`
	moveUses = `
INSERT INTO dataset_use (workspace, name, run, context, known, used) SELECT $2, name, run, context, known, used FROM dataset_use WHERE workspace = $1
ON CONFLICT DO NOTHING`

	selectUses = `
SELECT run, context, known, used FROM dataset_use WHERE workspace = $1 AND name = $2 AND (used < $3 OR used = $3 AND (run, context) > ($4, $5))
ORDER BY used DESC, run, context LIMIT $6`

	selectData = `SELECT name, context, known, used FROM dataset_use WHERE workspace = $1 AND run = $2 ORDER BY used, name, context`

	insertUse = `
INSERT INTO dataset_use (workspace, name, run, context, known, used) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`

	// Versions whose tables nobody looked into, behind one of them.
	selectDue = `
SELECT workspace, pushed, remote, layout, name FROM dataset_version WHERE profiled = 0 AND (workspace, pushed, remote, layout, name) > ($2, $3, $4, $5, $6)
ORDER BY workspace, pushed, remote, layout, name LIMIT $1`

	countDue = `SELECT count(*) FROM dataset_version WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4 AND profiled = 0`

	markProfiled = `
UPDATE dataset_version SET profiled = 1, row_count = $5, column_count = $6 WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4`

	insertWaiting = `
INSERT INTO dataset_profile (workspace, layout, name, state, reason, body, made) VALUES ($1, $2, $3, $4, '', '', $5) ON CONFLICT DO NOTHING`

	upsertProfile = `
INSERT INTO dataset_profile (workspace, layout, name, state, reason, row_count, column_count, body, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (workspace, layout, name) DO UPDATE SET state = excluded.state, reason = excluded.reason, row_count = excluded.row_count,
column_count = excluded.column_count, body = excluded.body, made = excluded.made`

	// Profiles of files that no remote of their workspace has.
	deleteProfiles = `DELETE FROM dataset_profile WHERE ` + nowhere + ` AND workspace = $1 AND layout = $2 AND name IN `
	sweepProfiles  = `DELETE FROM dataset_profile WHERE ` + nowhere

	nowhere = `NOT EXISTS (SELECT 1 FROM dataset_remote r JOIN dataset_object o ON o.workspace = r.workspace AND o.remote = r.name
WHERE r.workspace = dataset_profile.workspace AND o.layout = dataset_profile.layout AND o.name = dataset_profile.name)`

	selectProfile = `SELECT state, reason, body, made FROM dataset_profile WHERE workspace = $1 AND layout = $2 AND name = $3`
)

func scanVersion(s rows.Scanner) (v Version, err error) {
	var pushed int64
	var name string
	if err = s.Scan(&v.Remote, &v.Layout, &name, &v.Files, &v.Bytes, &pushed, &v.Actor, &v.Rows, &v.Columns); err != nil {
		return v, err
	}
	v.Pushed = time.UnixMicro(pushed).UTC()
	v.ID, err = object.Parse(name)
	return v, err
}

// led reads a record whose first columns are others'.
type led struct {
	rows.Scanner
	first []any
}

// Scan reads the first columns too.
func (l led) Scan(dest ...any) error { return l.Scanner.Scan(append(l.first, dest...)...) }

func scanSet(s rows.Scanner) (set Set, err error) {
	set.Newest, err = scanVersion(led{s, []any{&set.Path, &set.Versions}})
	set.Remote = set.Newest.Remote
	return set, err
}

// site is a place of a version.
type site struct {
	layout object.Layout
	id     object.ID
	Place
}

func scanSite(s rows.Scanner) (p site, err error) {
	var registered int64
	var name string
	if err = s.Scan(&p.layout, &name, &p.Path, &p.Commit, &p.Repository, &registered, &p.Actor); err != nil {
		return p, err
	}
	p.Registered = time.UnixMicro(registered).UTC()
	p.id, err = object.Parse(name)
	return p, err
}

func scanUse(s rows.Scanner) (u Use, err error) {
	var used int64
	err = s.Scan(&u.Run, &u.Context, &u.By, &used)
	u.Used = time.UnixMicro(used).UTC()
	return u, err
}

func scanDue(s rows.Scanner) (d due, err error) {
	var name string
	if err = s.Scan(&d.workspace, &d.pushed, &d.remote, &d.layout, &name); err != nil {
		return d, err
	}
	d.id, err = object.Parse(name)
	return d, err
}

func scanData(s rows.Scanner) (d Data, err error) {
	var used int64
	var name string
	if err = s.Scan(&name, &d.Context, &d.By, &used); err != nil {
		return d, err
	}
	d.Used = time.UnixMicro(used).UTC()
	d.ID, err = object.Parse(name)
	return d, err
}
