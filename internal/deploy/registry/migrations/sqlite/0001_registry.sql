-- +goose Up
CREATE TABLE registry_model (
    workspace    TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    updated      INTEGER NOT NULL,
    last_version INTEGER NOT NULL,
    is_prompt    INTEGER NOT NULL,
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE registry_model_tag (
    workspace TEXT NOT NULL,
    name      TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, name, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE registry_version (
    workspace   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    description TEXT    NOT NULL,
    user_name   TEXT    NOT NULL,
    stage       TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    location    TEXT    NOT NULL,
    run         TEXT    NOT NULL,
    run_link    TEXT    NOT NULL,
    model       TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    is_prompt   INTEGER NOT NULL,
    PRIMARY KEY (workspace, name, number)
) STRICT;
CREATE INDEX registry_version_listing ON registry_version (workspace, updated DESC, name, number DESC);
CREATE INDEX registry_version_stage ON registry_version (workspace, name, stage, number DESC);
CREATE INDEX registry_version_run ON registry_version (workspace, run, updated DESC, name, number DESC);
CREATE TABLE registry_version_tag (
    workspace TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    key       TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    PRIMARY KEY (workspace, name, number, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE registry_alias (
    workspace TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    alias     TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    PRIMARY KEY (workspace, name, alias)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE registry_alias;
DROP TABLE registry_version_tag;
DROP TABLE registry_version;
DROP TABLE registry_model_tag;
DROP TABLE registry_model;
