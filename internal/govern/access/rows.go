package access

import (
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Times are ms since 1970; 0 stands for never, and for false.

// Users and services. A user's password is a text of password.go, a service's
// secret a hash of secret.go.
const (
	insertUser = `
INSERT INTO access_user (name, password, disabled, created, updated) VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING`

	insertService = `
INSERT INTO access_service (name, secret, disabled, created, updated) VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING`

	selectUser = `SELECT name, password, disabled, created FROM access_user WHERE name = $1`

	selectService = `SELECT name, secret, disabled, created FROM access_service WHERE name = $1`

	selectUsers = `SELECT name, password, disabled, created FROM access_user ORDER BY name`

	selectServices = `SELECT name, secret, disabled, created FROM access_service ORDER BY name`

	disableUser = `UPDATE access_user SET disabled = $2, updated = $3 WHERE name = $1`

	disableService = `UPDATE access_service SET disabled = $2, updated = $3 WHERE name = $1`

	deleteUser = `DELETE FROM access_user WHERE name = $1`

	deleteService = `DELETE FROM access_service WHERE name = $1`

	selectServiceSecrets = `SELECT secret, former_secret, former_until, disabled FROM access_service WHERE name = $1`

	rotateSecret = `
UPDATE access_service SET secret = $2, former_secret = $3, former_until = $4, updated = $5 WHERE name = $1`

	setPassword = `UPDATE access_user SET password = $2, updated = $3 WHERE name = $1`

	// rehashPassword replaces a hash by one of other parameters, unless the
	// password was changed meanwhile.
	rehashPassword = `UPDATE access_user SET password = $3 WHERE name = $1 AND password = $2`
)

// Roles.
const (
	upsertRole = `
INSERT INTO access_role (workspace, principal, role) VALUES ($1, $2, $3)
ON CONFLICT (workspace, principal) DO UPDATE SET role = excluded.role`

	deleteRole = `DELETE FROM access_role WHERE workspace = $1 AND principal = $2`

	selectRole = `SELECT role FROM access_role WHERE workspace = $1 AND principal = $2`

	// selectRoles gives those given by hand and those given by a provider's groups.
	selectRoles = `
SELECT principal, workspace, role FROM access_role UNION SELECT principal, workspace, role FROM access_mapped_role
ORDER BY principal, workspace, role`

	deleteRolesOf = `DELETE FROM access_role WHERE principal = $1`

	// selectRolesHere gives the roles that hold in a workspace.
	selectRolesHere = `SELECT workspace, role FROM access_role WHERE workspace IN ($1, '*') AND principal = $2`

	// selectHeld gives what a principal has in a workspace: the roles that
	// hold there, the names of its groups, whether it has a grant, and whether one
	// lets less through than everything.
	selectHeld = `
SELECT 'role', workspace, role FROM access_role WHERE workspace IN ($1, '*') AND principal = $2
UNION ALL SELECT 'role', workspace, role FROM access_mapped_role WHERE workspace IN ($1, '*') AND principal = $2
UNION ALL SELECT 'group', g.name, '' FROM access_member m JOIN access_group g ON g.id = m.group_id WHERE m.workspace = $1 AND m.principal = $2
UNION ALL SELECT 'grant', '', '' WHERE EXISTS (SELECT 1 FROM access_grant WHERE workspace = $1 AND principal IN (` + principalAndGroups + `))
UNION ALL SELECT 'lesser', '', '' WHERE EXISTS (SELECT 1 FROM access_grant WHERE workspace = $1 AND level <> 'MANAGE' AND principal IN (` + principalAndGroups + `))`

	// selectPart gives what a principal's part in a workspace rests on, of what is
	// given there or everywhere; it asks as much of who is nobody.
	selectPart = `
SELECT 'role', workspace, role FROM access_role WHERE workspace IN ($1, '*') AND principal = $2
UNION ALL SELECT 'role', workspace, role FROM access_mapped_role WHERE workspace IN ($1, '*') AND principal = $2
UNION ALL SELECT 'group', '', '' FROM access_member WHERE workspace = $1 AND principal = $2
UNION ALL SELECT 'grant', '', '' FROM access_grant WHERE workspace = $1 AND principal = $2 AND level <> 'NO_PERMISSIONS'`

	// principalAndGroups is a principal and its groups, as grants name them.
	principalAndGroups = `
SELECT CAST($2 AS TEXT) UNION ALL SELECT 'tacit:group/' || CAST(group_id AS TEXT) FROM access_member WHERE workspace = $1 AND principal = $2`
)

// Personal access tokens.
const (
	tokenColumns = `id, principal, name, scope, created, expires, used, revoked, made_by`

	// insertToken makes none when the token or session $8 that it is made by has ended.
	insertToken = `
INSERT INTO access_token (id, hash, principal, name, scope, created, expires, used, revoked, made_by)
SELECT $1, $2, $3, $4, $5, CAST($6 AS BIGINT), CAST($7 AS BIGINT), 0, 0, $8
WHERE $8 = '' OR EXISTS (SELECT 1 FROM access_token WHERE id = $8 AND revoked = 0)
OR EXISTS (SELECT 1 FROM access_session WHERE id = $8 AND ended = 0)`

	selectTokenByHash = `SELECT ` + tokenColumns + ` FROM access_token WHERE hash = $1`

	// selectIdleMaker finds a browser's session that was not used since $2 and made
	// the token $1, or one that made it.
	selectIdleMaker = `
WITH RECURSIVE maker (id) AS (
SELECT made_by FROM access_token WHERE id = $1
UNION SELECT t.made_by FROM maker m JOIN access_token t ON t.id = m.id)
SELECT c.session FROM maker m JOIN access_cookie c ON c.session = m.id WHERE c.used <= $2 LIMIT 1`

	selectTokenByName = `SELECT ` + tokenColumns + ` FROM access_token WHERE principal = $1 AND name = $2 AND revoked = 0`

	// selectTokensBy gives those in use that a token or a session made.
	selectTokensBy = `SELECT ` + tokenColumns + ` FROM access_token WHERE made_by = $1 AND revoked = 0 ORDER BY id`

	// selectTokensBySessions gives those in use that a principal's sessions made which
	// go on.
	selectTokensBySessions = `SELECT ` + tokenColumns + ` FROM access_token
WHERE made_by IN (SELECT id FROM access_session WHERE principal = $1 AND ended = 0) AND revoked = 0 ORDER BY id`

	// selectTokensForOthers gives those in use that a principal's tokens and sessions
	// made for somebody else.
	selectTokensForOthers = `SELECT ` + tokenColumns + ` FROM access_token
WHERE made_by IN (SELECT id FROM access_token WHERE principal = $1 UNION ALL SELECT id FROM access_session WHERE principal = $1)
AND principal <> $1 AND revoked = 0 ORDER BY id`

	selectTokens = `SELECT ` + tokenColumns + ` FROM access_token WHERE principal = $1 ORDER BY created, id`

	useToken = `UPDATE access_token SET used = $2 WHERE id = $1 AND used < $3`

	revokeToken = `UPDATE access_token SET revoked = $2 WHERE id = $1 AND revoked = 0`

	deleteTokensOf = `DELETE FROM access_token WHERE principal = $1`
)

// Sessions, their bearer and refresh tokens.
const (
	insertSession = `
INSERT INTO access_session (id, kind, principal, scope, created, expires, ended) VALUES ($1, $2, $3, $4, $5, $6, 0)`

	insertBearer = `INSERT INTO access_bearer (hash, session, expires) VALUES ($1, $2, $3)`

	insertRefresh = `INSERT INTO access_refresh (hash, session, expires, used) VALUES ($1, $2, $3, 0)`

	selectBearer = `
SELECT s.id, s.kind, s.principal, s.scope, s.created, s.expires, s.ended, b.expires, 0
FROM access_bearer b JOIN access_session s ON s.id = b.session WHERE b.hash = $1`

	selectRefresh = `
SELECT s.id, s.kind, s.principal, s.scope, s.created, s.expires, s.ended, r.expires, r.used
FROM access_refresh r JOIN access_session s ON s.id = r.session WHERE r.hash = $1`

	useRefresh = `UPDATE access_refresh SET used = $2 WHERE hash = $1 AND used = 0`

	endSession = `UPDATE access_session SET ended = $2 WHERE id = $1 AND ended = 0`

	endSessions = `UPDATE access_session SET ended = $2 WHERE principal = $1 AND ended = 0`

	deleteBearersOf = `
DELETE FROM access_bearer WHERE session IN (SELECT id FROM access_session WHERE principal = $1)`

	deleteRefreshesOf = `
DELETE FROM access_refresh WHERE session IN (SELECT id FROM access_session WHERE principal = $1)`

	deleteCookiesOf = `
DELETE FROM access_cookie WHERE session IN (SELECT id FROM access_session WHERE principal = $1)`

	deleteSessionsOf = `DELETE FROM access_session WHERE principal = $1`

	deleteBearersOver = `DELETE FROM access_bearer WHERE expires <= $1`

	deleteRefreshesOver = `
DELETE FROM access_refresh WHERE session IN (SELECT id FROM access_session WHERE expires <= $1 OR (ended > 0 AND ended <= $1))`

	deleteSessionsOver = `DELETE FROM access_session WHERE expires <= $1 OR (ended > 0 AND ended <= $1)`
)

// Grants.
const (
	upsertGrant = `
INSERT INTO access_grant (workspace, principal, kind, object, level) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace, principal, kind, object) DO UPDATE SET level = excluded.level`

	deleteGrant = `DELETE FROM access_grant WHERE workspace = $1 AND principal = $2 AND kind = $3 AND object = $4`

	deleteGrantsOf = `DELETE FROM access_grant WHERE workspace = $1 AND principal = $2`

	selectGrant = `SELECT level FROM access_grant WHERE workspace = $1 AND principal = $2 AND kind = $3 AND object = $4`

	selectGrantsOf = `
SELECT principal, kind, object, level FROM access_grant WHERE workspace = $1 AND principal = $2 ORDER BY kind, object`

	selectGrants = `
SELECT principal, kind, object, level FROM access_grant
WHERE workspace = $1 AND ($2 = '' OR principal = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR object = $4) AND (kind, object, principal) > ($5, $6, $7)
ORDER BY kind, object, principal LIMIT $8`

	// selectGrantsHere gives the grants to a principal and to its groups.
	selectGrantsHere = `
SELECT principal, kind, object, level FROM access_grant WHERE workspace = $1 AND principal IN (` + principalAndGroups + `)`

	selectGrantsOn = `
SELECT principal, kind, object, level FROM access_grant WHERE workspace = $1 AND kind = $2 AND object = $3 ORDER BY principal`

	selectVersionGrants = `
SELECT principal, kind, object, level FROM access_grant
WHERE workspace = $1 AND kind = 'version' AND object >= $2 AND object < $3 ORDER BY object, principal`
)

// Groups and who is in them.
const (
	insertGroup = `INSERT INTO access_group (id, workspace, name, description, created) VALUES ($1, $2, $3, $4, $5)`

	updateGroup = `UPDATE access_group SET name = $3, description = $4 WHERE workspace = $1 AND id = $2`

	deleteGroup = `DELETE FROM access_group WHERE workspace = $1 AND id = $2`

	selectLastGroup = `SELECT COALESCE(MAX(id), 0) FROM access_group`

	selectGroup = `SELECT id, name, description, created FROM access_group WHERE workspace = $1 AND id = $2`

	selectPlacedGroup = `SELECT workspace, id, name, description, created FROM access_group WHERE id = $1`

	selectAllGroups = `SELECT workspace, id, name, description, created FROM access_group ORDER BY workspace, name`

	selectAllGroupsOf = `
SELECT g.workspace, g.id, g.name, g.description, g.created FROM access_member m JOIN access_group g ON g.id = m.group_id
WHERE m.principal = $1 ORDER BY g.workspace, g.name`

	selectGroups = `SELECT id, name, description, created FROM access_group WHERE workspace = $1 ORDER BY name`

	selectGroupsOf = `
SELECT g.id, g.name, g.description, g.created FROM access_member m JOIN access_group g ON g.id = m.group_id
WHERE m.workspace = $1 AND m.principal = $2 ORDER BY g.name`

	insertMember = `INSERT INTO access_member (workspace, group_id, principal) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

	deleteMember = `DELETE FROM access_member WHERE workspace = $1 AND group_id = $2 AND principal = $3`

	selectAllGrantsOf = `
SELECT workspace, principal, kind, object, level FROM access_grant WHERE principal = $1 ORDER BY workspace, kind, object`

	selectAllGroupGrants = `
SELECT workspace, principal, kind, object, level FROM access_grant
WHERE principal >= 'tacit:group/' AND principal < 'tacit:group0' ORDER BY workspace, principal, kind, object`

	deleteAllGrantsOf = `DELETE FROM access_grant WHERE principal = $1`

	deleteMemberships = `DELETE FROM access_member WHERE principal = $1`

	deleteMembers = `DELETE FROM access_member WHERE workspace = $1 AND group_id = $2`

	selectMembers = `SELECT principal FROM access_member WHERE workspace = $1 AND group_id = $2 ORDER BY principal`

	// selectMemberRoles gives the roles that a group's members have in its workspace.
	selectMemberRoles = `
SELECT 'role', workspace, role FROM access_role WHERE workspace IN ($1, '*')
AND principal IN (SELECT principal FROM access_member WHERE workspace = $1 AND group_id = $2)
UNION SELECT 'role', workspace, role FROM access_mapped_role WHERE workspace IN ($1, '*')
AND principal IN (SELECT principal FROM access_member WHERE workspace = $1 AND group_id = $2)`
)

// held is one thing that a principal has in a workspace.
type held struct{ what, name, role string }

func scanHeld(s rows.Scanner) (h held, err error) { return h, s.Scan(&h.what, &h.name, &h.role) }

// account is a user or service as the records hold it.
type account struct {
	name, secret string
	disabled     bool
	created      int64
}

func scanAccount(s rows.Scanner) (a account, err error) {
	var disabled int64
	err = s.Scan(&a.name, &a.secret, &disabled, &a.created)
	a.disabled = disabled != 0
	return a, err
}

// roleRecord is a role with its principal.
type roleRecord struct {
	principal string
	RoleIn
}

func scanRole(s rows.Scanner) (r roleRecord, err error) {
	return r, s.Scan(&r.principal, &r.Workspace, &r.Role)
}

func scanGrant(s rows.Scanner) (g grant.Grant, err error) {
	var principal string
	if err = s.Scan(&principal, &g.Kind, &g.Object, &g.Level); err != nil {
		return g, err
	}
	g.Principal, err = urn.Parse(principal)
	return g, err
}

func scanGroup(s rows.Scanner) (g Group, err error) {
	var created int64
	err = s.Scan(&g.ID, &g.Name, &g.Description, &created)
	g.Created = at(created)
	return g, err
}

func scanPlacedGroup(s rows.Scanner) (g PlacedGroup, err error) {
	var created int64
	err = s.Scan(&g.Workspace, &g.ID, &g.Name, &g.Description, &created)
	g.Created = at(created)
	return g, err
}

func scanPlacedGrant(s rows.Scanner) (g PlacedGrant, err error) {
	var principal string
	if err = s.Scan(&g.Workspace, &principal, &g.Kind, &g.Object, &g.Level); err != nil {
		return g, err
	}
	g.Principal, err = urn.Parse(principal)
	return g, err
}

func scanURN(s rows.Scanner) (u urn.URN, err error) {
	var text string
	if err = s.Scan(&text); err != nil {
		return u, err
	}
	return urn.Parse(text)
}

// tokenRecord is a token with its principal.
type tokenRecord struct {
	Token
	principal string
	madeBy    string // the id of the token or session with which it ends; "" for none
}

func scanToken(s rows.Scanner) (t tokenRecord, err error) {
	var scope string
	var created, expires, used, revoked int64
	if err = s.Scan(&t.ID, &t.principal, &t.Name, &scope, &created, &expires, &used, &revoked, &t.madeBy); err != nil {
		return t, err
	}
	t.Created, t.Expires, t.Used, t.Revoked = at(created), at(expires), at(used), at(revoked)
	t.Scope, err = roles.KeptScope(scope)
	return t, err
}

// sessionRecord is a session with the state of the token it was found by.
type sessionRecord struct {
	id, kind, principal, scope string
	began, expires, ended      int64
	tokenExpires, tokenUsed    int64
}

func scanSession(s rows.Scanner) (r sessionRecord, err error) {
	return r, s.Scan(&r.id, &r.kind, &r.principal, &r.scope, &r.began, &r.expires, &r.ended, &r.tokenExpires, &r.tokenUsed)
}

// at is the time of ms since 1970, zero for 0.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// millis is t in ms since 1970, 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
