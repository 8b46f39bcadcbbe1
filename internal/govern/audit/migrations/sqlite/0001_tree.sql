-- +goose Up
CREATE TABLE audit_leaf (
    tree_index INTEGER PRIMARY KEY,
    position   INTEGER NOT NULL UNIQUE,
    event      TEXT    NOT NULL,
    workspace  TEXT    NOT NULL,
    hash       BLOB    NOT NULL,
    part       BLOB    NOT NULL,
    emptied    INTEGER NOT NULL
) STRICT;
CREATE TABLE audit_hash (
    place INTEGER PRIMARY KEY,
    hash  BLOB NOT NULL
) STRICT;
CREATE TABLE audit_checkpoint (
    size INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    note TEXT    NOT NULL
) STRICT;
-- +goose Down
DROP TABLE audit_checkpoint;
DROP TABLE audit_hash;
DROP TABLE audit_leaf;
