-- +goose Up
-- What the last inspection of a remote found, which a repository told. Times are
-- microseconds since 1970.
CREATE TABLE dataset_inspection (
    workspace TEXT   COLLATE "C" NOT NULL,
    remote    TEXT   COLLATE "C" NOT NULL,
    told      BIGINT NOT NULL,
    actor     TEXT   COLLATE "C" NOT NULL,
    objects   BIGINT NOT NULL,
    lost      BIGINT NOT NULL,
    unsent    BIGINT NOT NULL,
    mended    BIGINT NOT NULL,
    PRIMARY KEY (workspace, remote)
);
-- +goose Down
DROP TABLE dataset_inspection;
