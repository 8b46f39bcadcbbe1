-- +goose Up
-- Folders of a workspace whose files still come from another, which is gone.
CREATE TABLE artifact_move (
    workspace TEXT   COLLATE "C" NOT NULL,
    folder    TEXT   COLLATE "C" NOT NULL,
    origin    TEXT   COLLATE "C" NOT NULL,
    until     BIGINT NOT NULL,
    PRIMARY KEY (workspace, folder)
);
-- +goose Down
DROP TABLE artifact_move;
