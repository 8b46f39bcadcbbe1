-- +goose Up
CREATE TABLE lineage_counter (
    workspace TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last      BIGINT NOT NULL
);
CREATE TABLE lineage_node (
    workspace TEXT COLLATE "C" NOT NULL,
    id        BIGINT NOT NULL,
    urn       TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    digest    TEXT COLLATE "C" NOT NULL,
    actor     TEXT COLLATE "C" NOT NULL,
    within    TEXT COLLATE "C" NOT NULL,
    event     TEXT COLLATE "C" NOT NULL,
    time      BIGINT NOT NULL,
    position  BIGINT NOT NULL,
    deleted   BIGINT NOT NULL,
    marked    BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX lineage_node_urn ON lineage_node (workspace, urn);
CREATE INDEX lineage_node_digest ON lineage_node (workspace, digest) WHERE digest <> '';
CREATE INDEX lineage_node_actor ON lineage_node (workspace, actor) WHERE actor <> '';
CREATE INDEX lineage_node_within ON lineage_node (workspace, within) WHERE within <> '';
CREATE TABLE lineage_edge (
    workspace TEXT COLLATE "C" NOT NULL,
    source    BIGINT NOT NULL,
    target    BIGINT NOT NULL,
    relation  TEXT COLLATE "C" NOT NULL,
    event     TEXT COLLATE "C" NOT NULL,
    time      BIGINT NOT NULL,
    PRIMARY KEY (workspace, source, target, relation)
);
CREATE INDEX lineage_edge_target ON lineage_edge (workspace, target);
CREATE TABLE lineage_alias (
    workspace TEXT COLLATE "C" NOT NULL,
    model     BIGINT NOT NULL,
    alias     TEXT COLLATE "C" NOT NULL,
    node      BIGINT NOT NULL,
    position  BIGINT NOT NULL,
    PRIMARY KEY (workspace, model, alias)
);
CREATE INDEX lineage_alias_node ON lineage_alias (workspace, node);
-- +goose Down
DROP TABLE lineage_alias;
DROP TABLE lineage_edge;
DROP TABLE lineage_node;
DROP TABLE lineage_counter;
