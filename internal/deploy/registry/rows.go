package registry

// Models.
const (
	// selectWorkspaces goes from one workspace to the next by the index, however
	// much each holds.
	selectWorkspaces = `
WITH RECURSIVE named(workspace) AS (SELECT MIN(workspace) FROM registry_model
UNION ALL SELECT (SELECT MIN(m.workspace) FROM registry_model m WHERE m.workspace > named.workspace) FROM named WHERE named.workspace IS NOT NULL)
SELECT workspace FROM named WHERE workspace IS NOT NULL`

	countKept = `SELECT count(*) FROM registry_model WHERE workspace = $1`

	selectAllModels = `SELECT name, description, created, updated, is_prompt FROM registry_model WHERE workspace = $1 ORDER BY name`

	insertModel = `
INSERT INTO registry_model (workspace, name, description, created, updated, last_version, is_prompt)
VALUES ($1, $2, $3, $4, $4, 0, $5) ON CONFLICT DO NOTHING`

	selectModel = `
SELECT name, description, created, updated, is_prompt FROM registry_model WHERE workspace = $1 AND name = $2`

	describeModel = `
UPDATE registry_model SET description = $3, updated = $4 WHERE workspace = $1 AND name = $2`

	touchModel = `
UPDATE registry_model SET updated = $3 WHERE workspace = $1 AND name = $2`

	markModel = `
UPDATE registry_model SET is_prompt = $3 WHERE workspace = $1 AND name = $2`

	renameModel = `
UPDATE registry_model SET name = $3, updated = $4 WHERE workspace = $1 AND name = $2`

	renameModelTags = `
UPDATE registry_model_tag SET name = $3 WHERE workspace = $1 AND name = $2`

	renameVersions = `
UPDATE registry_version SET name = $3, updated = $4 WHERE workspace = $1 AND name = $2`

	renameVersionTags = `
UPDATE registry_version_tag SET name = $3 WHERE workspace = $1 AND name = $2`

	renameAliases = `
UPDATE registry_alias SET name = $3 WHERE workspace = $1 AND name = $2`

	deleteModel = `DELETE FROM registry_model WHERE workspace = $1 AND name = $2`

	deleteModelTags = `DELETE FROM registry_model_tag WHERE workspace = $1 AND name = $2`

	deleteVersions = `DELETE FROM registry_version WHERE workspace = $1 AND name = $2`

	deleteVersionTags = `DELETE FROM registry_version_tag WHERE workspace = $1 AND name = $2`

	deleteAliases = `DELETE FROM registry_alias WHERE workspace = $1 AND name = $2`

	upsertModelTag = `
INSERT INTO registry_model_tag (workspace, name, key, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, name, key) DO UPDATE SET value = excluded.value`

	deleteModelTag = `
DELETE FROM registry_model_tag WHERE workspace = $1 AND name = $2 AND key = $3 RETURNING value`
)

// Versions. The number of a new one comes from the model's record, which the
// statement locks: numbers are dense and never used twice.
const (
	nextVersion = `
UPDATE registry_model SET last_version = last_version + 1, updated = $3
WHERE workspace = $1 AND name = $2 RETURNING last_version, is_prompt`

	insertVersion = `
INSERT INTO registry_version (workspace, name, number, description, user_name, stage, source, location, run, run_link, model, status, created, updated, is_prompt)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)`

	versionColumns = `r.name, r.number, r.description, r.user_name, r.stage, r.source, r.location, r.run, r.run_link, r.model, r.status, r.created, r.updated`

	selectVersion = `
SELECT ` + versionColumns + ` FROM registry_version r
WHERE r.workspace = $1 AND r.name = $2 AND r.number = $3 AND r.stage <> 'Deleted_Internal'`

	selectVersionsOfStage = `
SELECT ` + versionColumns + ` FROM registry_version r
WHERE r.workspace = $1 AND r.name = $2 AND r.stage = $3 AND r.number <> $4 ORDER BY r.number`

	describeVersion = `
UPDATE registry_version SET description = $4, updated = $5 WHERE workspace = $1 AND name = $2 AND number = $3`

	stageVersion = `
UPDATE registry_version SET stage = $4, updated = $5 WHERE workspace = $1 AND name = $2 AND number = $3`

	markVersion = `
UPDATE registry_version SET is_prompt = $4 WHERE workspace = $1 AND name = $2 AND number = $3`

	redactVersion = `
UPDATE registry_version SET stage = 'Deleted_Internal', updated = $4, description = '', user_name = '',
source = 'REDACTED-SOURCE-PATH', location = 'REDACTED-SOURCE-PATH', run = 'REDACTED-RUN-ID', run_link = 'REDACTED-RUN-LINK', model = ''
WHERE workspace = $1 AND name = $2 AND number = $3`

	upsertVersionTag = `
INSERT INTO registry_version_tag (workspace, name, number, key, value) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace, name, number, key) DO UPDATE SET value = excluded.value`

	deleteVersionTag = `
DELETE FROM registry_version_tag WHERE workspace = $1 AND name = $2 AND number = $3 AND key = $4 RETURNING value`
)

// Aliases.
const (
	selectAlias = `
SELECT number FROM registry_alias WHERE workspace = $1 AND name = $2 AND alias = $3`

	upsertAlias = `
INSERT INTO registry_alias (workspace, name, alias, number) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, name, alias) DO UPDATE SET number = excluded.number`

	deleteAlias = `
DELETE FROM registry_alias WHERE workspace = $1 AND name = $2 AND alias = $3`

	deleteAliasesOfVersion = `
DELETE FROM registry_alias WHERE workspace = $1 AND name = $2 AND number = $3`
)
