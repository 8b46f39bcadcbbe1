-- +goose Up
ALTER TABLE event_log ADD COLUMN action TEXT COLLATE "C" NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE event_log DROP COLUMN action;
