-- +goose Up
-- Remotes that are kept here. Times are microseconds since 1970.
CREATE TABLE dataset_remote (
    workspace TEXT   COLLATE "C" NOT NULL,
    name      TEXT   COLLATE "C" NOT NULL,
    made      BIGINT NOT NULL,
    PRIMARY KEY (workspace, name)
);
-- What lies in them: in a layout, or 2 for a path of another program's choice, and
-- by which key its bytes are found in the store, from which place on.
CREATE TABLE dataset_object (
    workspace TEXT   COLLATE "C" NOT NULL,
    remote    TEXT   COLLATE "C" NOT NULL,
    layout    BIGINT NOT NULL,
    name      TEXT   COLLATE "C" NOT NULL,
    size      BIGINT NOT NULL,
    blob      TEXT   COLLATE "C" NOT NULL,
    place     BIGINT NOT NULL,
    pushed    BIGINT NOT NULL,
    listed    BIGINT NOT NULL,
    PRIMARY KEY (workspace, remote, layout, name)
);
-- Those that are not told of yet: files that no listing names.
CREATE INDEX dataset_object_unlisted ON dataset_object (workspace, remote, pushed) WHERE listed = 0;
-- Blobs that hold more than one object, with how many are in use.
CREATE TABLE dataset_pack (
    workspace TEXT   COLLATE "C" NOT NULL,
    blob      TEXT   COLLATE "C" NOT NULL,
    objects   BIGINT NOT NULL,
    PRIMARY KEY (workspace, blob)
);
-- Listings and files that are the data of a moment.
CREATE TABLE dataset_version (
    workspace TEXT   COLLATE "C" NOT NULL,
    remote    TEXT   COLLATE "C" NOT NULL,
    layout    BIGINT NOT NULL,
    name      TEXT   COLLATE "C" NOT NULL,
    files     BIGINT NOT NULL,
    bytes     BIGINT NOT NULL,
    pushed    BIGINT NOT NULL,
    actor     TEXT   COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, remote, layout, name)
);
CREATE INDEX dataset_version_pushed ON dataset_version (workspace, remote, pushed DESC);
-- Blobs that nothing is found by any more.
CREATE TABLE dataset_trash (
    workspace TEXT   COLLATE "C" NOT NULL,
    blob      TEXT   COLLATE "C" NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (workspace, blob)
);
-- +goose Down
DROP TABLE dataset_trash;
DROP TABLE dataset_version;
DROP TABLE dataset_pack;
DROP TABLE dataset_object;
DROP TABLE dataset_remote;
