-- +goose Up
-- What rules found of each file of a model: the same file is not read again when another one changes.
CREATE TABLE scan_memory (
    workspace TEXT COLLATE "C" NOT NULL,
    root      TEXT COLLATE "C" NOT NULL,
    rules     TEXT COLLATE "C" NOT NULL,
    kept      BYTEA NOT NULL,
    PRIMARY KEY (workspace, root)
);
-- +goose Down
DROP TABLE scan_memory;
