-- +goose Up
-- Objects whose push broke off: where the bytes are that came until then, from the
-- first on. Times are microseconds since 1970.
CREATE TABLE dataset_begun (
    workspace TEXT   COLLATE "C" NOT NULL,
    remote    TEXT   COLLATE "C" NOT NULL,
    name      TEXT   COLLATE "C" NOT NULL,
    size      BIGINT NOT NULL,
    blob      TEXT   COLLATE "C" NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (workspace, remote, name)
);
-- +goose Down
DROP TABLE dataset_begun;
