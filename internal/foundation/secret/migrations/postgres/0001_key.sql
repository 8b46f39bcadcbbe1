-- +goose Up
CREATE TABLE secret_key (
    name    TEXT   COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    sealed  BYTEA  NOT NULL,
    made    BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);
-- +goose Down
DROP TABLE secret_key;
