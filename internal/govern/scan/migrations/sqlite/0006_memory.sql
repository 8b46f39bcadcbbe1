-- +goose Up
-- What rules found of each file of a model: the same file is not read again when another one changes.
CREATE TABLE scan_memory (
    workspace TEXT NOT NULL,
    root      TEXT NOT NULL,
    rules     TEXT NOT NULL,
    kept      BLOB NOT NULL,
    PRIMARY KEY (workspace, root)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE scan_memory;
