-- +goose Up
-- What the last inspection of a remote found, which a repository told. Times are
-- microseconds since 1970.
CREATE TABLE dataset_inspection (
    workspace TEXT    NOT NULL,
    remote    TEXT    NOT NULL,
    told      INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    objects   INTEGER NOT NULL,
    lost      INTEGER NOT NULL,
    unsent    INTEGER NOT NULL,
    mended    INTEGER NOT NULL,
    PRIMARY KEY (workspace, remote)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE dataset_inspection;
