-- +goose Up
-- Segments whose latest points tracking_metric does not know of yet.
CREATE TABLE tracking_latest_due (
    workspace TEXT COLLATE "C" NOT NULL,
    run       TEXT COLLATE "C" NOT NULL,
    sequence  BIGINT           NOT NULL,
    PRIMARY KEY (workspace, run, sequence)
);
-- +goose Down
DROP TABLE tracking_latest_due;
