-- +goose Up
-- The token that a token was made by, '' for none: it is revoked with it.
ALTER TABLE access_token ADD COLUMN made_by TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX access_token_made_by ON access_token (made_by);
-- +goose Down
DROP INDEX access_token_made_by;
ALTER TABLE access_token DROP COLUMN made_by;
