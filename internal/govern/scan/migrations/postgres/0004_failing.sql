-- +goose Up
-- Versions that are used as something whose gate they do not pass.
CREATE TABLE scan_failing (
    workspace TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL,
    uses      TEXT COLLATE "C" NOT NULL,
    why       TEXT COLLATE "C" NOT NULL,
    digest    TEXT COLLATE "C" NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (workspace, name, number)
);
-- The folder for whose files an override was made.
ALTER TABLE scan_override ADD COLUMN root TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE scan_override SET root = COALESCE((SELECT MIN(j.root) FROM scan_judgement j
    WHERE j.workspace = scan_override.workspace AND j.digest = scan_override.digest), '');
-- Hash of how a signature stood when that was told last.
ALTER TABLE scan_signature ADD COLUMN told TEXT COLLATE "C" NOT NULL DEFAULT '';
-- +goose Down
ALTER TABLE scan_signature DROP COLUMN told;
ALTER TABLE scan_override DROP COLUMN root;
DROP TABLE scan_failing;
