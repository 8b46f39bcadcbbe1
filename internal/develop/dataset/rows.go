package dataset

import (
	"encoding/json"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Times are microseconds since 1970.
const (
	insertRemote = `INSERT INTO dataset_remote (workspace, name, made) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

	selectRemote = `SELECT name, made FROM dataset_remote WHERE workspace = $1 AND name = $2`

	selectRemotes = `SELECT name, made FROM dataset_remote WHERE workspace = $1 ORDER BY name`

	countRemotes = `SELECT count(*) FROM dataset_remote WHERE workspace = $1`

	// selectWorkspaces goes from one workspace to the next by the index, however
	// much each holds.
	selectWorkspaces = `
WITH RECURSIVE named(workspace) AS (SELECT MIN(workspace) FROM dataset_remote
UNION ALL SELECT (SELECT MIN(m.workspace) FROM dataset_remote m WHERE m.workspace > named.workspace) FROM named WHERE named.workspace IS NOT NULL)
SELECT workspace FROM named WHERE workspace IS NOT NULL`

	selectObject = `SELECT size, blob, place, pushed FROM dataset_object WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name = $4`

	// Of names, which are there, by size.
	selectSizes = `SELECT name, size FROM dataset_object WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name IN `

	// Of names, where their bytes are, those of a blob one behind the other.
	selectPlaces = `
SELECT name, size, blob, place FROM dataset_object WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name IN `

	inOrderOfPlaces = ` ORDER BY blob, place`

	// Objects come as a list of [name, size, place].
	insertObjectsSQLite = `
INSERT INTO dataset_object (workspace, remote, layout, name, size, blob, place, pushed, listed)
SELECT $1, $2, $3, value->>0, value->>1, $4, value->>2, $5, 0 FROM json_each($6) WHERE TRUE ON CONFLICT DO NOTHING`

	insertObjectsPostgres = `
INSERT INTO dataset_object (workspace, remote, layout, name, size, blob, place, pushed, listed)
SELECT $1, $2, CAST($3 AS BIGINT), e->>0, CAST(e->>1 AS BIGINT), $4, CAST(e->>2 AS BIGINT), CAST($5 AS BIGINT), 0
FROM jsonb_array_elements(CAST($6 AS JSONB)) e ON CONFLICT DO NOTHING`

	insertListing = `
INSERT INTO dataset_object (workspace, remote, layout, name, size, blob, place, pushed, listed) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 1)
ON CONFLICT DO NOTHING`

	// What lies at another program's path is replaced.
	upsertOther = `
INSERT INTO dataset_object (workspace, remote, layout, name, size, blob, place, pushed, listed) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 1)
ON CONFLICT (workspace, remote, layout, name) DO UPDATE SET size = excluded.size, blob = excluded.blob, place = 0, pushed = excluded.pushed`

	selectListed = `
SELECT name, size, blob, pushed FROM dataset_object WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name >= $4 AND name < $5 ORDER BY name LIMIT $6`

	deleteObjects  = `DELETE FROM dataset_object WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name IN `
	deleteVersions = `DELETE FROM dataset_version WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name IN `

	takeFromPack = `UPDATE dataset_pack SET objects = objects - 1 WHERE workspace = $1 AND blob = $2 RETURNING objects`
	deletePack   = `DELETE FROM dataset_pack WHERE workspace = $1 AND blob = $2`

	insertPack = `INSERT INTO dataset_pack (workspace, blob, objects) VALUES ($1, $2, $3)`

	markListed = `
UPDATE dataset_object SET listed = 1 WHERE workspace = $1 AND remote = $2 AND layout = $3 AND listed = 0 AND name IN `

	insertVersion = `
INSERT INTO dataset_version (workspace, remote, layout, name, files, bytes, pushed, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING`

	// Remotes with files that no listing names, and when the last of these came.
	selectUnlistedRemotes = `SELECT workspace, remote, max(pushed) FROM dataset_object WHERE listed = 0 GROUP BY workspace, remote`

	selectUnlisted = `
SELECT layout, name, size, pushed FROM dataset_object WHERE workspace = $1 AND remote = $2 AND listed = 0 ORDER BY pushed, layout, name LIMIT $3`

	selectVersions = `
SELECT ` + ofVersion + ` FROM dataset_version v WHERE v.workspace = $1 AND v.remote = $2 ORDER BY v.pushed DESC, v.layout, v.name LIMIT $3`

	sumUpRemote = `SELECT count(*), COALESCE(sum(size), 0), COALESCE(max(pushed), 0) FROM dataset_object WHERE workspace = $1 AND remote = $2`

	insertTrashOfWorkspace = `
INSERT INTO dataset_trash (workspace, blob, since) SELECT DISTINCT workspace, blob, CAST($2 AS BIGINT) FROM dataset_object WHERE workspace = $1
ON CONFLICT DO NOTHING`

	insertTrashSQLite = `
INSERT INTO dataset_trash (workspace, blob, since) SELECT $1, value, $2 FROM json_each($3) WHERE TRUE ON CONFLICT DO NOTHING`

	insertTrashPostgres = `
INSERT INTO dataset_trash (workspace, blob, since) SELECT $1, b, CAST($2 AS BIGINT) FROM unnest(CAST($3 AS TEXT[])) b ON CONFLICT DO NOTHING`

	selectTrash = `SELECT blob FROM dataset_trash WHERE workspace = $1 AND since <= $2 ORDER BY blob LIMIT $3`

	countTrash  = `SELECT count(*) FROM dataset_trash WHERE workspace = $1 AND blob = $2`
	deleteTrash = `DELETE FROM dataset_trash WHERE workspace = $1 AND blob IN `

	// Which blobs are in use, of names, of packs, of any.
	selectBlobsOf = `SELECT blob FROM dataset_object WHERE workspace = $1 AND remote = $2 AND layout = $3 AND name IN `
	selectPacksOf = `SELECT blob FROM dataset_pack WHERE workspace = $1 AND blob IN `
	selectBlobsIn = `SELECT DISTINCT blob FROM dataset_object WHERE blob IN `

	selectBegun = `SELECT size, blob FROM dataset_begun WHERE workspace = $1 AND remote = $2 AND name = $3`
	upsertBegun = `
INSERT INTO dataset_begun (workspace, remote, name, size, blob, since) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace, remote, name) DO UPDATE SET size = excluded.size, blob = excluded.blob, since = excluded.since`
	deleteBegun    = `DELETE FROM dataset_begun WHERE workspace = $1 AND remote = $2 AND name = $3 AND blob = $4`
	deleteOldBegun = `DELETE FROM dataset_begun WHERE since < $1`
	selectBegunIn  = `SELECT blob FROM dataset_begun WHERE blob IN `
	clearBegun     = `DELETE FROM dataset_begun WHERE workspace = $1`
	moveBegun      = `UPDATE dataset_begun SET workspace = $2 WHERE workspace = $1`

	clearRemotes  = `DELETE FROM dataset_remote WHERE workspace = $1`
	clearObjects  = `DELETE FROM dataset_object WHERE workspace = $1`
	clearPacks    = `DELETE FROM dataset_pack WHERE workspace = $1`
	clearVersions = `DELETE FROM dataset_version WHERE workspace = $1`

	moveRemotes  = `UPDATE dataset_remote SET workspace = $2 WHERE workspace = $1`
	moveObjects  = `UPDATE dataset_object SET workspace = $2 WHERE workspace = $1`
	movePacks    = `UPDATE dataset_pack SET workspace = $2 WHERE workspace = $1`
	moveVersions = `UPDATE dataset_version SET workspace = $2 WHERE workspace = $1`
	moveTrash    = `UPDATE dataset_trash SET workspace = $2 WHERE workspace = $1`

	selectTaken = `
SELECT name FROM dataset_remote WHERE workspace = $1 AND name IN (SELECT name FROM dataset_remote WHERE workspace = $2) ORDER BY name`

	// lockPostgres keeps others from writing to remotes; readers go on.
	lockPostgres = `LOCK TABLE dataset_remote, dataset_object, dataset_pack, dataset_version, dataset_trash, dataset_member, dataset_place, dataset_profile, dataset_use, dataset_begun IN EXCLUSIVE MODE`
)

func scanRemote(s rows.Scanner) (r Remote, err error) {
	var made int64
	err = s.Scan(&r.Name, &made)
	r.Made = time.UnixMicro(made).UTC()
	return r, err
}

// held is where the bytes of an object are.
type held struct {
	name   string
	size   int64
	blob   string
	place  int64
	pushed time.Time
}

func scanHeld(s rows.Scanner) (h held, err error) {
	var pushed int64
	err = s.Scan(&h.size, &h.blob, &h.place, &pushed)
	h.pushed = time.UnixMicro(pushed).UTC()
	return h, err
}

func scanPlace(s rows.Scanner) (h held, err error) {
	return h, s.Scan(&h.name, &h.size, &h.blob, &h.place)
}

// unlisted is a remote with files that no listing names.
type unlisted struct {
	workspace, remote string
	last              time.Time // when one came
}

func scanUnlisted(s rows.Scanner) (u unlisted, err error) {
	var last int64
	err = s.Scan(&u.workspace, &u.remote, &last)
	u.last = time.UnixMicro(last).UTC()
	return u, err
}

// scanFile reads a file as a version.
func scanFile(s rows.Scanner) (v Version, err error) {
	var pushed int64
	var name string
	if err = s.Scan(&v.Layout, &name, &v.Bytes, &pushed); err != nil {
		return v, err
	}
	v.Files, v.Pushed = 1, time.UnixMicro(pushed).UTC()
	v.ID, err = object.Parse(name)
	return v, err
}

func scanListed(s rows.Scanner) (h held, err error) {
	var pushed int64
	err = s.Scan(&h.name, &h.size, &h.blob, &pushed)
	h.pushed = time.UnixMicro(pushed).UTC()
	return h, err
}

func scanSize(s rows.Scanner) (h held, err error) { return h, s.Scan(&h.name, &h.size) }

// fresh is an object as insertObjects takes it.
type fresh struct {
	name  string
	size  int64
	place int64
}

// MarshalJSON writes a list of three.
func (f fresh) MarshalJSON() ([]byte, error) { return json.Marshal([]any{f.name, f.size, f.place}) }
