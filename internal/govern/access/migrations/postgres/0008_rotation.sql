-- +goose Up
-- The hash of a service's secret before, and until when it holds, in ms since
-- 1970; '' and 0 for none.
ALTER TABLE access_service ADD COLUMN former_secret TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE access_service ADD COLUMN former_until BIGINT NOT NULL DEFAULT 0;
-- +goose Down
ALTER TABLE access_service DROP COLUMN former_until;
ALTER TABLE access_service DROP COLUMN former_secret;
