package access

import "github.com/tacit-ml/tacit/internal/foundation/rows"

// Workspaces, and what goes with one.
const (
	insertWorkspace = `
INSERT INTO access_workspace (name, description, artifact_root, created, updated) VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING`

	upsertWorkspace = `
INSERT INTO access_workspace (name, description, artifact_root, created, updated) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET description = excluded.description, artifact_root = excluded.artifact_root, updated = excluded.updated`

	selectWorkspace = `SELECT name, description, artifact_root, created, updated FROM access_workspace WHERE name = $1`

	selectWorkspaces = `SELECT name, description, artifact_root, created, updated FROM access_workspace ORDER BY name`

	// selectIsWorkspace gives a row where the workspace was made, or somebody has
	// a role or a grant in it.
	selectIsWorkspace = `
SELECT 1 FROM access_workspace WHERE name = $1 UNION ALL SELECT 1 FROM access_role WHERE workspace = $1
UNION ALL SELECT 1 FROM access_mapped_role WHERE workspace = $1 UNION ALL SELECT 1 FROM access_grant WHERE workspace = $1 LIMIT 1`

	// selectRoleWorkspaces gives those in which somebody has a role or a grant. It
	// goes from one workspace to the next by the index, however many have one in each.
	selectRoleWorkspaces = `
WITH RECURSIVE given(workspace) AS (SELECT MIN(workspace) FROM access_role
UNION ALL SELECT (SELECT MIN(a.workspace) FROM access_role a WHERE a.workspace > given.workspace) FROM given WHERE given.workspace IS NOT NULL),
mapped(workspace) AS (SELECT MIN(workspace) FROM access_mapped_role
UNION ALL SELECT (SELECT MIN(a.workspace) FROM access_mapped_role a WHERE a.workspace > mapped.workspace) FROM mapped WHERE mapped.workspace IS NOT NULL),
granted(workspace) AS (SELECT MIN(workspace) FROM access_grant
UNION ALL SELECT (SELECT MIN(a.workspace) FROM access_grant a WHERE a.workspace > granted.workspace) FROM granted WHERE granted.workspace IS NOT NULL)
SELECT workspace FROM given WHERE workspace <> '*' UNION SELECT workspace FROM mapped WHERE workspace <> '*'
UNION SELECT workspace FROM granted WHERE workspace IS NOT NULL`

	// selectHeldAnywhere gives what a part in a workspace rests on, of all workspaces in
	// which a principal has anything, each line with its workspace: roles, groups, and
	// whether a grant lets something through that no grant on the same keeps.
	selectHeldAnywhere = `
WITH mine(workspace, principal) AS (SELECT DISTINCT workspace, principal FROM access_grant WHERE principal = $1
UNION SELECT workspace, 'tacit:group/' || CAST(group_id AS TEXT) FROM access_member WHERE principal = $1)
SELECT workspace, 'role', workspace, role FROM access_role WHERE principal = $1
UNION ALL SELECT workspace, 'role', workspace, role FROM access_mapped_role WHERE principal = $1
UNION ALL SELECT m.workspace, 'group', g.name, '' FROM access_member m JOIN access_group g ON g.id = m.group_id WHERE m.principal = $1
UNION ALL SELECT own.workspace, 'lets', '', '' FROM (SELECT DISTINCT workspace FROM mine) own
WHERE EXISTS (SELECT 1 FROM access_grant a JOIN mine m ON m.workspace = a.workspace AND m.principal = a.principal
WHERE a.workspace = own.workspace AND a.level <> 'NO_PERMISSIONS'
AND NOT EXISTS (SELECT 1 FROM access_grant n JOIN mine x ON x.workspace = n.workspace AND x.principal = n.principal
WHERE n.workspace = a.workspace AND n.kind = a.kind AND n.object = a.object AND n.level = 'NO_PERMISSIONS'))`

	// selectPeople gives who has a part in a workspace: principals, and groups that
	// have grants.
	selectPeople = `
SELECT principal FROM access_role WHERE workspace IN ($1, '*') UNION SELECT principal FROM access_mapped_role WHERE workspace IN ($1, '*')
UNION SELECT principal FROM access_grant WHERE workspace = $1 UNION SELECT principal FROM access_member WHERE workspace = $1`

	selectRolesIn = `SELECT principal, workspace, role FROM access_role WHERE workspace = $1 ORDER BY principal`

	selectMappedIn = `SELECT principal, workspace, role FROM access_mapped_role WHERE workspace = $1 ORDER BY principal`

	selectGrantsIn = `SELECT principal, kind, object, level FROM access_grant WHERE workspace = $1 ORDER BY kind, object, principal`

	deleteWorkspace = `DELETE FROM access_workspace WHERE name = $1`

	deleteRolesIn = `DELETE FROM access_role WHERE workspace = $1`

	deleteMappedIn = `DELETE FROM access_mapped_role WHERE workspace = $1`

	deleteGrantsIn = `DELETE FROM access_grant WHERE workspace = $1`

	deleteMembersIn = `DELETE FROM access_member WHERE workspace = $1`

	deleteGroupsIn = `DELETE FROM access_group WHERE workspace = $1`
)

func scanWorkspace(s rows.Scanner) (w Workspace, err error) {
	var created, updated int64
	err = s.Scan(&w.Name, &w.Description, &w.ArtifactRoot, &created, &updated)
	w.Created, w.Updated = at(created), at(updated)
	return w, err
}

// heldIn is something that a principal has, and the workspace it has it in.
type heldIn struct {
	workspace string
	held
}

func scanHeldIn(s rows.Scanner) (h heldIn, err error) {
	return h, s.Scan(&h.workspace, &h.what, &h.name, &h.role)
}
