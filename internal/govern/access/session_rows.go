package access

import "github.com/tacit-ml/tacit/internal/foundation/rows"

// Browsers' sessions.
const (
	insertCookie = `INSERT INTO access_cookie (hash, session, used, client, address) VALUES ($1, $2, $3, $4, $5)`

	selectCookie = `
SELECT s.id, s.kind, s.principal, s.scope, s.created, s.expires, s.ended, s.expires, c.used
FROM access_cookie c JOIN access_session s ON s.id = c.session WHERE c.hash = $1`

	useCookie = `UPDATE access_cookie SET used = $2 WHERE hash = $1 AND used < $3`

	// selectSessions gives those that go on: not ended, not expired, and, of a
	// browser, used since $3.
	selectSessions = `
SELECT s.id, s.kind, s.created, s.expires, COALESCE(c.used, 0), COALESCE(c.client, ''), COALESCE(c.address, '')
FROM access_session s LEFT JOIN access_cookie c ON c.session = s.id
WHERE s.principal = $1 AND s.ended = 0 AND s.expires > $2 AND (c.hash IS NULL OR c.used > $3)
ORDER BY s.created DESC, s.id`

	selectRolesOf = `
SELECT workspace, role FROM access_role WHERE principal = $1 UNION SELECT workspace, role FROM access_mapped_role WHERE principal = $1
ORDER BY workspace, role`

	endSessionOf = `UPDATE access_session SET ended = $3 WHERE id = $1 AND principal = $2 AND ended = 0`

	deleteCookiesOver = `
DELETE FROM access_cookie WHERE session IN (SELECT id FROM access_session WHERE expires <= $1 OR (ended > 0 AND ended <= $1))`
)

// Invitations.
const (
	insertInvitation = `INSERT INTO access_invitation (hash, name, created, expires) VALUES ($1, $2, $3, $4)`

	selectInvitation = `SELECT name, expires FROM access_invitation WHERE hash = $1`

	// useInvitation uses one up: of two that try at once, one finds it gone.
	useInvitation = `DELETE FROM access_invitation WHERE hash = $1`

	deleteInvitations = `DELETE FROM access_invitation WHERE name = $1`

	deleteInvitationsOver = `DELETE FROM access_invitation WHERE expires <= $1`

	// selectAnyAdmin finds a user who may do all and is let in.
	selectAnyAdmin = `
SELECT u.name FROM access_user u WHERE u.disabled = 0 AND 'tacit:user/' || u.name IN (
SELECT principal FROM access_role WHERE workspace = '*' AND role = 'admin'
UNION ALL SELECT principal FROM access_mapped_role WHERE workspace = '*' AND role = 'admin') LIMIT 1`
)

// People who sign in by a provider.
const (
	selectIdentity = `SELECT name FROM access_identity WHERE issuer = $1 AND subject = $2`

	insertIdentity = `INSERT INTO access_identity (issuer, subject, name, created) VALUES ($1, $2, $3, $4)`

	deleteIdentitiesOf = `DELETE FROM access_identity WHERE name = $1`

	// useAnswer uses an answer of a provider up, or finds that it was.
	useAnswer = `INSERT INTO access_answer (hash, expires) VALUES ($1, $2) ON CONFLICT DO NOTHING`

	deleteAnswersOver = `DELETE FROM access_answer WHERE expires <= $1`

	selectMapped = `SELECT workspace, role FROM access_mapped_role WHERE principal = $1 ORDER BY workspace`

	deleteMapped = `DELETE FROM access_mapped_role WHERE workspace = $1 AND principal = $2`

	deleteMappedOf = `DELETE FROM access_mapped_role WHERE principal = $1`

	upsertMapped = `
INSERT INTO access_mapped_role (workspace, principal, role) VALUES ($1, $2, $3)
ON CONFLICT (workspace, principal) DO UPDATE SET role = excluded.role`
)

// invitation is a link as the records hold it.
type invitation struct {
	name    string // "" for the first administrator's
	expires int64
}

func scanInvitation(s rows.Scanner) (i invitation, err error) { return i, s.Scan(&i.name, &i.expires) }

func scanListed(s rows.Scanner) (l Session, err error) {
	var kind string
	var began, expires, used int64
	err = s.Scan(&l.ID, &kind, &began, &expires, &used, &l.Client, &l.Address)
	l.Browser, l.Began, l.Expires, l.Used = kind == browserSession, at(began), at(expires), at(used)
	return l, err
}
