-- +goose Up
-- Remotes that are kept here. Times are microseconds since 1970.
CREATE TABLE dataset_remote (
    workspace TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    made      INTEGER NOT NULL,
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;
-- What lies in them: in a layout, or 2 for a path of another program's choice, and
-- by which key its bytes are found in the store, from which place on.
CREATE TABLE dataset_object (
    workspace TEXT    NOT NULL,
    remote    TEXT    NOT NULL,
    layout    INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    blob      TEXT    NOT NULL,
    place     INTEGER NOT NULL,
    pushed    INTEGER NOT NULL,
    listed    INTEGER NOT NULL,
    PRIMARY KEY (workspace, remote, layout, name)
) STRICT, WITHOUT ROWID;
-- Those that are not told of yet: files that no listing names.
CREATE INDEX dataset_object_unlisted ON dataset_object (workspace, remote, pushed) WHERE listed = 0;
-- Blobs that hold more than one object, with how many are in use.
CREATE TABLE dataset_pack (
    workspace TEXT    NOT NULL,
    blob      TEXT    NOT NULL,
    objects   INTEGER NOT NULL,
    PRIMARY KEY (workspace, blob)
) STRICT, WITHOUT ROWID;
-- Listings and files that are the data of a moment.
CREATE TABLE dataset_version (
    workspace TEXT    NOT NULL,
    remote    TEXT    NOT NULL,
    layout    INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    files     INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    pushed    INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    PRIMARY KEY (workspace, remote, layout, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_version_pushed ON dataset_version (workspace, remote, pushed DESC);
-- Blobs that nothing is found by any more.
CREATE TABLE dataset_trash (
    workspace TEXT    NOT NULL,
    blob      TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (workspace, blob)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE dataset_trash;
DROP TABLE dataset_version;
DROP TABLE dataset_pack;
DROP TABLE dataset_object;
DROP TABLE dataset_remote;
