-- +goose Up
CREATE TABLE event_log (
    position   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xact       XID8   NOT NULL DEFAULT pg_current_xact_id(),
    id         TEXT   COLLATE "C" NOT NULL UNIQUE,
    time       BIGINT NOT NULL,
    workspace  TEXT   COLLATE "C" NOT NULL,
    actor      TEXT   COLLATE "C" NOT NULL,
    verb       TEXT   COLLATE "C" NOT NULL,
    subject    TEXT   COLLATE "C" NOT NULL,
    links      TEXT   NOT NULL,
    cause      TEXT   NOT NULL,
    request    TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    client     TEXT   NOT NULL,
    outcome    TEXT   NOT NULL,
    before     TEXT   NOT NULL,
    after      TEXT   NOT NULL,
    data       TEXT   NOT NULL
);
CREATE INDEX event_log_workspace ON event_log (workspace, position);
CREATE INDEX event_log_verb ON event_log (workspace, verb, position);
CREATE INDEX event_log_subject ON event_log (workspace, subject, position);
CREATE INDEX event_log_order ON event_log (xact, position);
CREATE TABLE event_cursor (
    subscriber TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    xact       BIGINT NOT NULL,
    position   BIGINT NOT NULL,
    moved      BIGINT NOT NULL
);
-- +goose Down
DROP TABLE event_cursor;
DROP TABLE event_log;
