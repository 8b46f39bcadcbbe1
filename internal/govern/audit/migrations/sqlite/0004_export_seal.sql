-- +goose Up
-- What only who has the key can write of the place that a target has come to; empty for none.
ALTER TABLE audit_export ADD COLUMN seal BLOB NOT NULL DEFAULT x'';
-- +goose Down
ALTER TABLE audit_export DROP COLUMN seal;
