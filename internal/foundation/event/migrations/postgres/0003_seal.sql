-- +goose Up
-- What only who has the key can write of an event; empty for none.
ALTER TABLE event_log ADD COLUMN seal BYTEA NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE event_log DROP COLUMN seal;
