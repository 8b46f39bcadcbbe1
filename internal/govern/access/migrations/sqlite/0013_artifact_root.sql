-- +goose Up
-- Below which the experiments of a workspace keep their files, '' for tacit's own store.
ALTER TABLE access_workspace ADD COLUMN artifact_root TEXT NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE access_workspace DROP COLUMN artifact_root;
