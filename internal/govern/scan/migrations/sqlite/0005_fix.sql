-- +goose Up
-- Files that scan fix wrote, by their SHA-256, and the version of whose file they are the same model.
CREATE TABLE scan_fix (
    workspace TEXT NOT NULL,
    digest    TEXT NOT NULL,
    name      TEXT NOT NULL,
    number    INTEGER NOT NULL,
    PRIMARY KEY (workspace, digest)
) STRICT, WITHOUT ROWID;
-- Versions of which was told that they have such a file.
CREATE TABLE scan_fixed (
    workspace TEXT NOT NULL,
    name      TEXT NOT NULL,
    number    INTEGER NOT NULL,
    digest    TEXT NOT NULL,
    PRIMARY KEY (workspace, name, number, digest)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE scan_fixed;
DROP TABLE scan_fix;
