-- +goose Up
-- What the files of a model were when they were judged, and how their signature stood to them.
CREATE TABLE scan_signature (
    workspace TEXT NOT NULL,
    root      TEXT NOT NULL,
    listing   TEXT NOT NULL,
    reason    TEXT NOT NULL,
    change    TEXT NOT NULL,
    bundle    BLOB NOT NULL,
    files     BLOB NOT NULL,
    PRIMARY KEY (workspace, root)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE scan_signature;
