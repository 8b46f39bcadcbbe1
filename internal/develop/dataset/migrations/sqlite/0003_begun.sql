-- +goose Up
-- Objects whose push broke off: where the bytes are that came until then, from the
-- first on. Times are microseconds since 1970.
CREATE TABLE dataset_begun (
    workspace TEXT    NOT NULL,
    remote    TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    blob      TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (workspace, remote, name)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE dataset_begun;
