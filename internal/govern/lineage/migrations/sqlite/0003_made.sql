-- +goose Up
-- Position of the event that tells who made a thing; 0 for none.
ALTER TABLE lineage_node ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
UPDATE lineage_node SET made = position WHERE actor <> '';
CREATE INDEX lineage_node_made ON lineage_node (made) WHERE actor <> '';
-- +goose Down
DROP INDEX lineage_node_made;
ALTER TABLE lineage_node DROP COLUMN made;
