-- +goose Up
CREATE TABLE idempotency_answer (
    workspace TEXT    NOT NULL,
    actor     TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    request   TEXT    NOT NULL,
    claim     TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    until     INTEGER NOT NULL,
    status    INTEGER NOT NULL,
    header    TEXT    NOT NULL,
    body      BLOB    NOT NULL,
    PRIMARY KEY (workspace, actor, key)
) STRICT;
CREATE INDEX idempotency_answer_until ON idempotency_answer (until);
-- +goose Down
DROP TABLE idempotency_answer;
