-- +goose Up
-- What versions a data set has: those that repositories have at one path, and by the
-- path '' those of a remote whose path nobody told. Times are microseconds since 1970.
CREATE TABLE dataset_member (
    workspace TEXT   COLLATE "C" NOT NULL,
    remote    TEXT   COLLATE "C" NOT NULL,
    path      TEXT   COLLATE "C" NOT NULL,
    layout    BIGINT NOT NULL,
    name      TEXT   COLLATE "C" NOT NULL,
    pushed    BIGINT NOT NULL,
    PRIMARY KEY (workspace, remote, path, layout, name)
);
CREATE INDEX dataset_member_pushed ON dataset_member (workspace, remote, path, pushed DESC, layout, name);
-- The paths of one version.
CREATE INDEX dataset_member_name ON dataset_member (workspace, remote, name);
INSERT INTO dataset_member (workspace, remote, path, layout, name, pushed) SELECT workspace, remote, '', layout, name, pushed FROM dataset_version;
-- Where repositories have versions: at which path, in which commit.
CREATE TABLE dataset_place (
    workspace  TEXT   COLLATE "C" NOT NULL,
    remote     TEXT   COLLATE "C" NOT NULL,
    layout     BIGINT NOT NULL,
    name       TEXT   COLLATE "C" NOT NULL,
    path       TEXT   COLLATE "C" NOT NULL,
    repository TEXT   COLLATE "C" NOT NULL,
    revision   TEXT   COLLATE "C" NOT NULL,
    registered BIGINT NOT NULL,
    actor      TEXT   COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, remote, name, layout, path, repository, revision)
);
-- What tables the versions hold, together; profiled is 0 until a job has looked.
ALTER TABLE dataset_version ADD COLUMN profiled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dataset_version ADD COLUMN row_count BIGINT;
ALTER TABLE dataset_version ADD COLUMN column_count BIGINT;
CREATE INDEX dataset_version_due ON dataset_version (workspace, pushed) WHERE profiled = 0;
-- What the values of a file's columns are like, by the file's name wherever it lies.
CREATE TABLE dataset_profile (
    workspace    TEXT   COLLATE "C" NOT NULL,
    layout       BIGINT NOT NULL,
    name         TEXT   COLLATE "C" NOT NULL,
    state        TEXT   COLLATE "C" NOT NULL,
    reason       TEXT   COLLATE "C" NOT NULL,
    row_count    BIGINT,
    column_count BIGINT,
    body         TEXT   COLLATE "C" NOT NULL,
    made         BIGINT NOT NULL,
    PRIMARY KEY (workspace, layout, name)
);
-- Which runs used data, by the name of what they used, and how that is known.
CREATE TABLE dataset_use (
    workspace TEXT   COLLATE "C" NOT NULL,
    name      TEXT   COLLATE "C" NOT NULL,
    run       TEXT   COLLATE "C" NOT NULL,
    context   TEXT   COLLATE "C" NOT NULL,
    known     TEXT   COLLATE "C" NOT NULL,
    used      BIGINT NOT NULL,
    PRIMARY KEY (workspace, name, run, context)
);
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
