-- +goose Up
CREATE TABLE event_log (
    position   INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    time       INTEGER NOT NULL,
    workspace  TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    verb       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    links      TEXT    NOT NULL,
    cause      TEXT    NOT NULL,
    request    TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    before     TEXT    NOT NULL,
    after      TEXT    NOT NULL,
    data       TEXT    NOT NULL
) STRICT;
CREATE INDEX event_log_workspace ON event_log (workspace, position);
CREATE INDEX event_log_verb ON event_log (workspace, verb, position);
CREATE INDEX event_log_subject ON event_log (workspace, subject, position);
CREATE TABLE event_cursor (
    subscriber TEXT    NOT NULL PRIMARY KEY,
    xact       INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    moved      INTEGER NOT NULL
) STRICT;
-- +goose Down
DROP TABLE event_cursor;
DROP TABLE event_log;
