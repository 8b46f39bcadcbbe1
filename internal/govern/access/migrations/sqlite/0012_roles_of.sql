-- +goose Up
-- What somebody holds in all workspaces, which every page asks.
CREATE INDEX access_role_principal ON access_role (principal);
CREATE INDEX access_mapped_role_principal ON access_mapped_role (principal);
-- +goose Down
DROP INDEX access_mapped_role_principal;
DROP INDEX access_role_principal;
