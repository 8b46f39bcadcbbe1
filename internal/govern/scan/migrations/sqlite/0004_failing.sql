-- +goose Up
-- Versions that are used as something whose gate they do not pass.
CREATE TABLE scan_failing (
    workspace TEXT NOT NULL,
    name      TEXT NOT NULL,
    number    INTEGER NOT NULL,
    uses      TEXT NOT NULL,
    why       TEXT NOT NULL,
    digest    TEXT NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (workspace, name, number)
) STRICT, WITHOUT ROWID;
-- The folder for whose files an override was made.
ALTER TABLE scan_override ADD COLUMN root TEXT NOT NULL DEFAULT '';
UPDATE scan_override SET root = COALESCE((SELECT MIN(j.root) FROM scan_judgement j
    WHERE j.workspace = scan_override.workspace AND j.digest = scan_override.digest), '');
-- Hash of how a signature stood when that was told last.
ALTER TABLE scan_signature ADD COLUMN told TEXT NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE scan_signature DROP COLUMN told;
ALTER TABLE scan_override DROP COLUMN root;
DROP TABLE scan_failing;
