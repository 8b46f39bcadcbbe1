-- +goose Up
CREATE TABLE registry_model (
    workspace    TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    description  TEXT COLLATE "C" NOT NULL,
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    last_version BIGINT NOT NULL,
    is_prompt    BOOLEAN NOT NULL,
    PRIMARY KEY (workspace, name)
);
CREATE TABLE registry_model_tag (
    workspace TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, name, key)
);
CREATE TABLE registry_version (
    workspace   TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    number      BIGINT NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    user_name   TEXT COLLATE "C" NOT NULL,
    stage       TEXT COLLATE "C" NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    location    TEXT COLLATE "C" NOT NULL,
    run         TEXT COLLATE "C" NOT NULL,
    run_link    TEXT COLLATE "C" NOT NULL,
    model       TEXT COLLATE "C" NOT NULL,
    status      TEXT COLLATE "C" NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    is_prompt   BOOLEAN NOT NULL,
    PRIMARY KEY (workspace, name, number)
);
CREATE INDEX registry_version_listing ON registry_version (workspace, updated DESC, name, number DESC);
CREATE INDEX registry_version_stage ON registry_version (workspace, name, stage, number DESC);
CREATE INDEX registry_version_run ON registry_version (workspace, run, updated DESC, name, number DESC);
CREATE TABLE registry_version_tag (
    workspace TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, name, number, key)
);
CREATE TABLE registry_alias (
    workspace TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    alias     TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL,
    PRIMARY KEY (workspace, name, alias)
);
-- +goose Down
DROP TABLE registry_alias;
DROP TABLE registry_version_tag;
DROP TABLE registry_version;
DROP TABLE registry_model_tag;
DROP TABLE registry_model;
