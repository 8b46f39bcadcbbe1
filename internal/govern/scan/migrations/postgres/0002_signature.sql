-- +goose Up
-- What the files of a model were when they were judged, and how their signature stood to them.
CREATE TABLE scan_signature (
    workspace TEXT COLLATE "C" NOT NULL,
    root      TEXT COLLATE "C" NOT NULL,
    listing   TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL,
    change    TEXT COLLATE "C" NOT NULL,
    bundle    BYTEA NOT NULL,
    files     BYTEA NOT NULL,
    PRIMARY KEY (workspace, root)
);
-- +goose Down
DROP TABLE scan_signature;
