-- +goose Up
-- Workspaces that were made; one that is only used has no row.
CREATE TABLE access_workspace (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    description TEXT COLLATE "C" NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL
);
CREATE INDEX access_grant_principal ON access_grant (principal);
CREATE INDEX access_member_principal ON access_member (principal);
-- +goose Down
DROP INDEX access_member_principal;
DROP INDEX access_grant_principal;
DROP TABLE access_workspace;
