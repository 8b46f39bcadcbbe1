-- +goose Up
CREATE TABLE tracking_counter (
    workspace TEXT    NOT NULL PRIMARY KEY,
    last      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE tracking_experiment (
    workspace         TEXT    NOT NULL,
    experiment        INTEGER NOT NULL,
    name              TEXT    NOT NULL,
    artifact_location TEXT    NOT NULL,
    lifecycle         TEXT    NOT NULL,
    created           INTEGER NOT NULL,
    updated           INTEGER NOT NULL,
    PRIMARY KEY (workspace, experiment),
    UNIQUE (workspace, name)
) STRICT;
CREATE TABLE tracking_experiment_tag (
    workspace  TEXT    NOT NULL,
    experiment INTEGER NOT NULL,
    key        TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    PRIMARY KEY (workspace, experiment, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE tracking_run (
    workspace    TEXT    NOT NULL,
    run          TEXT    NOT NULL,
    experiment   INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    user_name    TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    start_time   INTEGER NOT NULL,
    end_time     INTEGER,
    lifecycle    TEXT    NOT NULL,
    deleted_time INTEGER,
    artifact_uri TEXT    NOT NULL,
    PRIMARY KEY (workspace, run)
) STRICT;
CREATE INDEX tracking_run_listing ON tracking_run (workspace, experiment, lifecycle, start_time DESC, run);
CREATE TABLE tracking_param (
    workspace TEXT NOT NULL,
    run       TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, run, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE tracking_tag (
    workspace TEXT NOT NULL,
    run       TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, run, key)
) STRICT, WITHOUT ROWID;
-- The latest point of each run and key.
CREATE TABLE tracking_metric (
    workspace TEXT    NOT NULL,
    run       TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    value     REAL    NOT NULL,
    is_nan    INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    step      INTEGER NOT NULL,
    PRIMARY KEY (workspace, run, key)
) STRICT, WITHOUT ROWID;
-- Points as they came, one record a request, until they are merged into chunks.
CREATE TABLE tracking_segment (
    workspace TEXT    NOT NULL,
    run       TEXT    NOT NULL,
    sequence  INTEGER NOT NULL,
    points    INTEGER NOT NULL,
    bytes     BLOB    NOT NULL,
    PRIMARY KEY (workspace, run, sequence)
) STRICT;
-- Points of one run and key, sorted by timestamp, step and value.
CREATE TABLE tracking_chunk (
    workspace       TEXT    NOT NULL,
    run             TEXT    NOT NULL,
    key             TEXT    NOT NULL,
    part            INTEGER NOT NULL,
    points          INTEGER NOT NULL,
    first_timestamp INTEGER NOT NULL,
    last_timestamp  INTEGER NOT NULL,
    bytes           BLOB    NOT NULL,
    PRIMARY KEY (workspace, run, key, part)
) STRICT;
CREATE INDEX tracking_chunk_order ON tracking_chunk (workspace, run, key, first_timestamp, part);
-- What of a run's points was merged, and what of that was announced.
CREATE TABLE tracking_seal (
    workspace TEXT    NOT NULL,
    run       TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    points    INTEGER NOT NULL,
    hash      TEXT    NOT NULL,
    announced INTEGER NOT NULL,
    told      INTEGER NOT NULL,
    PRIMARY KEY (workspace, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX tracking_seal_owed ON tracking_seal (workspace, run) WHERE points > announced;
CREATE TABLE tracking_dataset (
    workspace   TEXT    NOT NULL,
    experiment  INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    digest      TEXT    NOT NULL,
    source_type TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    schema      TEXT    NOT NULL,
    profile     TEXT    NOT NULL,
    PRIMARY KEY (workspace, experiment, name, digest)
) STRICT;
CREATE TABLE tracking_input (
    workspace  TEXT    NOT NULL,
    run        TEXT    NOT NULL,
    experiment INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    context    TEXT,
    tags       TEXT    NOT NULL,
    PRIMARY KEY (workspace, run, name, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX tracking_input_dataset ON tracking_input (workspace, experiment, name, digest);
CREATE TABLE tracking_model_input (
    workspace TEXT NOT NULL,
    run       TEXT NOT NULL,
    model     TEXT NOT NULL,
    PRIMARY KEY (workspace, run, model)
) STRICT, WITHOUT ROWID;
CREATE TABLE tracking_model_output (
    workspace TEXT    NOT NULL,
    run       TEXT    NOT NULL,
    model     TEXT    NOT NULL,
    step      INTEGER NOT NULL,
    PRIMARY KEY (workspace, run, model)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE tracking_model_output;
DROP TABLE tracking_model_input;
DROP TABLE tracking_input;
DROP TABLE tracking_dataset;
DROP TABLE tracking_seal;
DROP TABLE tracking_chunk;
DROP TABLE tracking_segment;
DROP TABLE tracking_metric;
DROP TABLE tracking_tag;
DROP TABLE tracking_param;
DROP TABLE tracking_run;
DROP TABLE tracking_experiment_tag;
DROP TABLE tracking_experiment;
DROP TABLE tracking_counter;
