-- +goose Up
CREATE TABLE audit_export (
    target TEXT    NOT NULL PRIMARY KEY,
    next   INTEGER NOT NULL,
    holder TEXT    NOT NULL,
    until  INTEGER NOT NULL,
    moved  INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    reason TEXT    NOT NULL
) STRICT;
-- +goose Down
DROP TABLE audit_export;
