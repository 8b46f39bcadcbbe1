-- +goose Up
CREATE TABLE jobs_progress (
    job   INTEGER NOT NULL PRIMARY KEY,
    done  INTEGER NOT NULL,
    total INTEGER NOT NULL,
    note  TEXT    NOT NULL,
    moved INTEGER NOT NULL
) STRICT;
-- It only tells which job to look for first.
CREATE TABLE jobs_unique (
    workspace TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    job       INTEGER NOT NULL,
    PRIMARY KEY (workspace, kind, name)
) STRICT;
-- +goose Down
DROP TABLE jobs_unique;
DROP TABLE jobs_progress;
