-- +goose Up
CREATE TABLE lineage_counter (
    workspace TEXT    NOT NULL PRIMARY KEY,
    last      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE lineage_node (
    workspace TEXT    NOT NULL,
    id        INTEGER NOT NULL,
    urn       TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    digest    TEXT    NOT NULL,
    actor     TEXT    NOT NULL,
    within    TEXT    NOT NULL,
    event     TEXT    NOT NULL,
    time      INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    deleted   INTEGER NOT NULL,
    marked    INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX lineage_node_urn ON lineage_node (workspace, urn);
CREATE INDEX lineage_node_digest ON lineage_node (workspace, digest) WHERE digest <> '';
CREATE INDEX lineage_node_actor ON lineage_node (workspace, actor) WHERE actor <> '';
CREATE INDEX lineage_node_within ON lineage_node (workspace, within) WHERE within <> '';
CREATE TABLE lineage_edge (
    workspace TEXT    NOT NULL,
    source    INTEGER NOT NULL,
    target    INTEGER NOT NULL,
    relation  TEXT    NOT NULL,
    event     TEXT    NOT NULL,
    time      INTEGER NOT NULL,
    PRIMARY KEY (workspace, source, target, relation)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_edge_target ON lineage_edge (workspace, target);
CREATE TABLE lineage_alias (
    workspace TEXT    NOT NULL,
    model     INTEGER NOT NULL,
    alias     TEXT    NOT NULL,
    node      INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    PRIMARY KEY (workspace, model, alias)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_alias_node ON lineage_alias (workspace, node);
-- +goose Down
DROP TABLE lineage_alias;
DROP TABLE lineage_edge;
DROP TABLE lineage_node;
DROP TABLE lineage_counter;
