-- +goose Up
CREATE TABLE audit_export (
    target TEXT    NOT NULL PRIMARY KEY,
    next   BIGINT  NOT NULL,
    holder TEXT    NOT NULL,
    until  BIGINT  NOT NULL,
    moved  BIGINT  NOT NULL,
    failed BIGINT  NOT NULL,
    reason TEXT    NOT NULL
);
-- +goose Down
DROP TABLE audit_export;
