-- +goose Up
-- By which form of the room the graph was built; nothing for an earlier one.
CREATE TABLE lineage_form (
    form BIGINT NOT NULL
);
-- +goose Down
DROP TABLE lineage_form;
