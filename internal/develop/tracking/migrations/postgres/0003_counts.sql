-- +goose Up
-- How many experiments there are, which every page asks.
CREATE INDEX tracking_experiment_count ON tracking_experiment (workspace, lifecycle, experiment);
-- +goose Down
DROP INDEX tracking_experiment_count;
