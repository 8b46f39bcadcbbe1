-- +goose Up
-- Workspaces that were made; one that is only used has no row.
CREATE TABLE access_workspace (
    name        TEXT NOT NULL PRIMARY KEY,
    description TEXT NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_grant_principal ON access_grant (principal);
CREATE INDEX access_member_principal ON access_member (principal);
-- +goose Down
DROP INDEX access_member_principal;
DROP INDEX access_grant_principal;
DROP TABLE access_workspace;
