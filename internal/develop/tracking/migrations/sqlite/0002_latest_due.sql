-- +goose Up
-- Segments whose latest points tracking_metric does not know of yet.
CREATE TABLE tracking_latest_due (
    workspace TEXT    NOT NULL,
    run       TEXT    NOT NULL,
    sequence  INTEGER NOT NULL,
    PRIMARY KEY (workspace, run, sequence)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE tracking_latest_due;
