-- +goose Up
-- What each thing that used or made data calls it.
CREATE TABLE lineage_name (
    workspace TEXT    NOT NULL,
    node      INTEGER NOT NULL,
    giver     INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    PRIMARY KEY (workspace, node, giver)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE lineage_name;
