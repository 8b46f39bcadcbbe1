-- +goose Up
-- In which workspace a run is, which its id tells to clients that name another.
CREATE INDEX tracking_run_place ON tracking_run (run);
-- +goose Down
DROP INDEX tracking_run_place;
