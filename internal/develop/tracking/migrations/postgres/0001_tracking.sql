-- +goose Up
CREATE TABLE tracking_counter (
    workspace TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last      BIGINT NOT NULL
);
CREATE TABLE tracking_experiment (
    workspace         TEXT COLLATE "C" NOT NULL,
    experiment        BIGINT NOT NULL,
    name              TEXT COLLATE "C" NOT NULL,
    artifact_location TEXT COLLATE "C" NOT NULL,
    lifecycle         TEXT COLLATE "C" NOT NULL,
    created           BIGINT NOT NULL,
    updated           BIGINT NOT NULL,
    PRIMARY KEY (workspace, experiment),
    UNIQUE (workspace, name)
);
CREATE TABLE tracking_experiment_tag (
    workspace  TEXT COLLATE "C" NOT NULL,
    experiment BIGINT NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    value      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, experiment, key)
);
CREATE TABLE tracking_run (
    workspace    TEXT COLLATE "C" NOT NULL,
    run          TEXT COLLATE "C" NOT NULL,
    experiment   BIGINT NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    user_name    TEXT COLLATE "C" NOT NULL,
    status       TEXT COLLATE "C" NOT NULL,
    start_time   BIGINT NOT NULL,
    end_time     BIGINT,
    lifecycle    TEXT COLLATE "C" NOT NULL,
    deleted_time BIGINT,
    artifact_uri TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, run)
);
CREATE INDEX tracking_run_listing ON tracking_run (workspace, experiment, lifecycle, start_time DESC, run);
CREATE TABLE tracking_param (
    workspace TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, run, key)
);
CREATE TABLE tracking_tag (
    workspace TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, run, key)
);
-- The latest point of each run and key.
CREATE TABLE tracking_metric (
    workspace TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    value     DOUBLE PRECISION    NOT NULL,
    is_nan    BOOLEAN NOT NULL,
    timestamp BIGINT NOT NULL,
    step      BIGINT NOT NULL,
    PRIMARY KEY (workspace, run, key)
);
-- Points as they came, one record a request, until they are merged into chunks.
CREATE TABLE tracking_segment (
    workspace TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    sequence  BIGINT NOT NULL,
    points    BIGINT NOT NULL,
    bytes     BYTEA    NOT NULL,
    PRIMARY KEY (workspace, run, sequence)
);
-- Points of one run and key, sorted by timestamp, step and value.
CREATE TABLE tracking_chunk (
    workspace       TEXT COLLATE "C" NOT NULL,
    run             TEXT COLLATE "C" NOT NULL,
    key             TEXT COLLATE "C" NOT NULL,
    part            BIGINT NOT NULL,
    points          BIGINT NOT NULL,
    first_timestamp BIGINT NOT NULL,
    last_timestamp  BIGINT NOT NULL,
    bytes           BYTEA    NOT NULL,
    PRIMARY KEY (workspace, run, key, part)
);
CREATE INDEX tracking_chunk_order ON tracking_chunk (workspace, run, key, first_timestamp, part);
-- What of a run's points was merged, and what of that was announced.
CREATE TABLE tracking_seal (
    workspace TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    version   BIGINT NOT NULL,
    points    BIGINT NOT NULL,
    hash      TEXT COLLATE "C" NOT NULL,
    announced BIGINT NOT NULL,
    told      BIGINT NOT NULL,
    PRIMARY KEY (workspace, run)
);
CREATE INDEX tracking_seal_owed ON tracking_seal (workspace, run) WHERE points > announced;
CREATE TABLE tracking_dataset (
    workspace   TEXT COLLATE "C" NOT NULL,
    experiment  BIGINT NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL,
    source_type TEXT COLLATE "C" NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    schema      TEXT COLLATE "C" NOT NULL,
    profile     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, experiment, name, digest)
);
CREATE TABLE tracking_input (
    workspace  TEXT COLLATE "C" NOT NULL,
    run        TEXT COLLATE "C" NOT NULL,
    experiment BIGINT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    digest     TEXT COLLATE "C" NOT NULL,
    context    TEXT COLLATE "C",
    tags       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, run, name, digest)
);
CREATE INDEX tracking_input_dataset ON tracking_input (workspace, experiment, name, digest);
CREATE TABLE tracking_model_input (
    workspace TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    model     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, run, model)
);
CREATE TABLE tracking_model_output (
    workspace TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    model     TEXT COLLATE "C" NOT NULL,
    step      BIGINT NOT NULL,
    PRIMARY KEY (workspace, run, model)
);
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
