-- +goose Up
-- Grants that may take something from what a role gives.
CREATE INDEX access_grant_lesser ON access_grant (workspace, principal) WHERE level <> 'MANAGE';
-- +goose Down
DROP INDEX access_grant_lesser;
