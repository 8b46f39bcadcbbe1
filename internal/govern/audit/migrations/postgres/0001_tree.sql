-- +goose Up
CREATE TABLE audit_leaf (
    tree_index BIGINT PRIMARY KEY,
    position   BIGINT NOT NULL UNIQUE,
    event      TEXT   COLLATE "C" NOT NULL,
    workspace  TEXT   COLLATE "C" NOT NULL,
    hash       BYTEA  NOT NULL,
    part       BYTEA  NOT NULL,
    emptied    BIGINT NOT NULL
);
CREATE TABLE audit_hash (
    place BIGINT PRIMARY KEY,
    hash  BYTEA  NOT NULL
);
CREATE TABLE audit_checkpoint (
    size BIGINT PRIMARY KEY,
    time BIGINT NOT NULL,
    note TEXT   NOT NULL
);
-- +goose Down
DROP TABLE audit_checkpoint;
DROP TABLE audit_hash;
DROP TABLE audit_leaf;
