-- +goose Up
-- What a principal may do on one object, or on all of a kind ('*'), beside its role.
CREATE TABLE access_grant (
    workspace TEXT NOT NULL,
    principal TEXT NOT NULL,
    kind      TEXT NOT NULL,
    object    TEXT NOT NULL,
    level     TEXT NOT NULL,
    PRIMARY KEY (workspace, principal, kind, object)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_grant_object ON access_grant (workspace, kind, object);
CREATE TABLE access_group (
    id          INTEGER NOT NULL PRIMARY KEY,
    workspace   TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    created     INTEGER NOT NULL,
    UNIQUE (workspace, name)
) STRICT;
CREATE TABLE access_member (
    workspace TEXT NOT NULL,
    group_id  INTEGER NOT NULL,
    principal TEXT NOT NULL,
    PRIMARY KEY (workspace, principal, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_member_group ON access_member (workspace, group_id);
-- +goose Down
DROP TABLE access_member;
DROP TABLE access_group;
DROP TABLE access_grant;
