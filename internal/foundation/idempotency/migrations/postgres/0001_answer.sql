-- +goose Up
CREATE TABLE idempotency_answer (
    workspace TEXT   COLLATE "C" NOT NULL,
    actor     TEXT   COLLATE "C" NOT NULL,
    key       TEXT   COLLATE "C" NOT NULL,
    request   TEXT   COLLATE "C" NOT NULL,
    claim     TEXT   COLLATE "C" NOT NULL,
    state     TEXT   COLLATE "C" NOT NULL,
    until     BIGINT NOT NULL,
    status    BIGINT NOT NULL,
    header    TEXT   NOT NULL,
    body      BYTEA  NOT NULL,
    PRIMARY KEY (workspace, actor, key)
);
CREATE INDEX idempotency_answer_until ON idempotency_answer (until);
-- +goose Down
DROP TABLE idempotency_answer;
