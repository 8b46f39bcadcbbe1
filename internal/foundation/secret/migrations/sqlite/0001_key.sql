-- +goose Up
CREATE TABLE secret_key (
    name    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    sealed  BLOB    NOT NULL,
    made    INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;
-- +goose Down
DROP TABLE secret_key;
