-- +goose Up
CREATE TABLE tracking_logged_model (
    workspace         TEXT COLLATE "C" NOT NULL,
    model             TEXT COLLATE "C" NOT NULL,
    experiment        BIGINT NOT NULL,
    name              TEXT COLLATE "C" NOT NULL,
    artifact_location TEXT COLLATE "C" NOT NULL,
    status            TEXT COLLATE "C" NOT NULL,
    lifecycle         TEXT COLLATE "C" NOT NULL,
    model_type        TEXT COLLATE "C" NOT NULL,
    source_run        TEXT COLLATE "C" NOT NULL,
    created           BIGINT NOT NULL,
    updated           BIGINT NOT NULL,
    PRIMARY KEY (workspace, model)
);
CREATE INDEX tracking_logged_model_listing ON tracking_logged_model (workspace, experiment, created DESC, model);
CREATE INDEX tracking_logged_model_run ON tracking_logged_model (workspace, source_run);
CREATE TABLE tracking_logged_model_param (
    workspace TEXT COLLATE "C" NOT NULL,
    model     TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, model, key)
);
CREATE TABLE tracking_logged_model_tag (
    workspace TEXT COLLATE "C" NOT NULL,
    model     TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, model, key)
);
CREATE TABLE tracking_logged_model_metric (
    workspace      TEXT COLLATE "C" NOT NULL,
    model          TEXT COLLATE "C" NOT NULL,
    key            TEXT COLLATE "C" NOT NULL,
    step           BIGINT NOT NULL,
    timestamp      BIGINT NOT NULL,
    run            TEXT COLLATE "C" NOT NULL,
    dataset_name   TEXT COLLATE "C" NOT NULL,
    dataset_digest TEXT COLLATE "C" NOT NULL,
    value          DOUBLE PRECISION NOT NULL,
    is_nan         BOOLEAN NOT NULL,
    PRIMARY KEY (workspace, model, key, step, timestamp, run, dataset_name, dataset_digest)
);
-- +goose Down
DROP TABLE tracking_logged_model_metric;
DROP TABLE tracking_logged_model_tag;
DROP TABLE tracking_logged_model_param;
DROP TABLE tracking_logged_model;
