-- +goose Up
-- In which workspace a model is, which its id tells to clients that name another.
CREATE INDEX tracking_logged_model_place ON tracking_logged_model (model);
-- +goose Down
DROP INDEX tracking_logged_model_place;
