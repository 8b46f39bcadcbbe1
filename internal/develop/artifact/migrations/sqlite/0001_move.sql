-- +goose Up
-- Folders of a workspace whose files still come from another, which is gone.
CREATE TABLE artifact_move (
    workspace TEXT    NOT NULL,
    folder    TEXT    NOT NULL,
    origin    TEXT    NOT NULL,
    until     INTEGER NOT NULL,
    PRIMARY KEY (workspace, folder)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE artifact_move;
