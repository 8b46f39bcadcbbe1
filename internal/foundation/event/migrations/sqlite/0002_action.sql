-- +goose Up
ALTER TABLE event_log ADD COLUMN action TEXT NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE event_log DROP COLUMN action;
