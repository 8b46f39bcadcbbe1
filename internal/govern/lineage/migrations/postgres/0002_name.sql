-- +goose Up
-- What each thing that used or made data calls it.
CREATE TABLE lineage_name (
    workspace TEXT   COLLATE "C" NOT NULL,
    node      BIGINT NOT NULL,
    giver     BIGINT NOT NULL,
    name      TEXT   COLLATE "C" NOT NULL,
    position  BIGINT NOT NULL,
    PRIMARY KEY (workspace, node, giver)
);
-- +goose Down
DROP TABLE lineage_name;
