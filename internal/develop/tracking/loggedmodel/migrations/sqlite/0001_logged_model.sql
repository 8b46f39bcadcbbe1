-- +goose Up
CREATE TABLE tracking_logged_model (
    workspace         TEXT    NOT NULL,
    model             TEXT    NOT NULL,
    experiment        INTEGER NOT NULL,
    name              TEXT    NOT NULL,
    artifact_location TEXT    NOT NULL,
    status            TEXT    NOT NULL,
    lifecycle         TEXT    NOT NULL,
    model_type        TEXT    NOT NULL,
    source_run        TEXT    NOT NULL,
    created           INTEGER NOT NULL,
    updated           INTEGER NOT NULL,
    PRIMARY KEY (workspace, model)
) STRICT;
CREATE INDEX tracking_logged_model_listing ON tracking_logged_model (workspace, experiment, created DESC, model);
CREATE INDEX tracking_logged_model_run ON tracking_logged_model (workspace, source_run);
CREATE TABLE tracking_logged_model_param (
    workspace TEXT NOT NULL,
    model     TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, model, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE tracking_logged_model_tag (
    workspace TEXT NOT NULL,
    model     TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, model, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE tracking_logged_model_metric (
    workspace      TEXT    NOT NULL,
    model          TEXT    NOT NULL,
    key            TEXT    NOT NULL,
    step           INTEGER NOT NULL,
    timestamp      INTEGER NOT NULL,
    run            TEXT    NOT NULL,
    dataset_name   TEXT    NOT NULL,
    dataset_digest TEXT    NOT NULL,
    value          REAL    NOT NULL,
    is_nan         INTEGER NOT NULL,
    PRIMARY KEY (workspace, model, key, step, timestamp, run, dataset_name, dataset_digest)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE tracking_logged_model_metric;
DROP TABLE tracking_logged_model_tag;
DROP TABLE tracking_logged_model_param;
DROP TABLE tracking_logged_model;
