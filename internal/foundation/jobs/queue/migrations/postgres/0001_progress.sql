-- +goose Up
CREATE TABLE jobs_progress (
    job   BIGINT NOT NULL PRIMARY KEY,
    done  BIGINT NOT NULL,
    total BIGINT NOT NULL,
    note  TEXT   NOT NULL,
    moved BIGINT NOT NULL
);
-- It only tells which job to look for first.
CREATE TABLE jobs_unique (
    workspace TEXT   COLLATE "C" NOT NULL,
    kind      TEXT   COLLATE "C" NOT NULL,
    name      TEXT   COLLATE "C" NOT NULL,
    job       BIGINT NOT NULL,
    PRIMARY KEY (workspace, kind, name)
);
-- +goose Down
DROP TABLE jobs_unique;
DROP TABLE jobs_progress;
