-- +goose Up
-- The listing of all files but the signature: where it stays, only the signature is read anew.
ALTER TABLE scan_signature ADD COLUMN rest TEXT COLLATE "C" NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE scan_signature DROP COLUMN rest;
