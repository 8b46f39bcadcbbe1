-- +goose Up
-- What versions a data set has: those that repositories have at one path, and by the
-- path '' those of a remote whose path nobody told. Times are microseconds since 1970.
CREATE TABLE dataset_member (
    workspace TEXT    NOT NULL,
    remote    TEXT    NOT NULL,
    path      TEXT    NOT NULL,
    layout    INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    pushed    INTEGER NOT NULL,
    PRIMARY KEY (workspace, remote, path, layout, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_member_pushed ON dataset_member (workspace, remote, path, pushed DESC, layout, name);
-- The paths of one version.
CREATE INDEX dataset_member_name ON dataset_member (workspace, remote, name);
INSERT INTO dataset_member (workspace, remote, path, layout, name, pushed) SELECT workspace, remote, '', layout, name, pushed FROM dataset_version;
-- Where repositories have versions: at which path, in which commit.
CREATE TABLE dataset_place (
    workspace  TEXT    NOT NULL,
    remote     TEXT    NOT NULL,
    layout     INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    repository TEXT    NOT NULL,
    revision   TEXT    NOT NULL,
    registered INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    PRIMARY KEY (workspace, remote, name, layout, path, repository, revision)
) STRICT, WITHOUT ROWID;
-- What tables the versions hold, together; profiled is 0 until a job has looked.
ALTER TABLE dataset_version ADD COLUMN profiled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dataset_version ADD COLUMN row_count INTEGER;
ALTER TABLE dataset_version ADD COLUMN column_count INTEGER;
CREATE INDEX dataset_version_due ON dataset_version (workspace, pushed) WHERE profiled = 0;
-- What the values of a file's columns are like, by the file's name wherever it lies.
CREATE TABLE dataset_profile (
    workspace    TEXT    NOT NULL,
    layout       INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    row_count    INTEGER,
    column_count INTEGER,
    body         TEXT    NOT NULL,
    made         INTEGER NOT NULL,
    PRIMARY KEY (workspace, layout, name)
) STRICT, WITHOUT ROWID;
-- Which runs used data, by the name of what they used, and how that is known.
CREATE TABLE dataset_use (
    workspace TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    run       TEXT    NOT NULL,
    context   TEXT    NOT NULL,
    known     TEXT    NOT NULL,
    used      INTEGER NOT NULL,
    PRIMARY KEY (workspace, name, run, context)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_use_used ON dataset_use (workspace, name, used DESC, run, context);
CREATE INDEX dataset_use_run ON dataset_use (workspace, run);
-- +goose Down
DROP TABLE dataset_use;
DROP TABLE dataset_profile;
DROP INDEX dataset_version_due;
ALTER TABLE dataset_version DROP COLUMN column_count;
ALTER TABLE dataset_version DROP COLUMN row_count;
ALTER TABLE dataset_version DROP COLUMN profiled;
DROP TABLE dataset_place;
DROP TABLE dataset_member;
