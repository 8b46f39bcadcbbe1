-- +goose Up
-- How many registered models there are, which every page asks.
CREATE INDEX registry_model_count ON registry_model (workspace, is_prompt, name);
-- +goose Down
DROP INDEX registry_model_count;
