-- +goose Up
-- What a principal may do on one object, or on all of a kind ('*'), beside its role.
CREATE TABLE access_grant (
    workspace TEXT COLLATE "C" NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    object    TEXT COLLATE "C" NOT NULL,
    level     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, principal, kind, object)
);
CREATE INDEX access_grant_object ON access_grant (workspace, kind, object);
CREATE TABLE access_group (
    id          BIGINT NOT NULL PRIMARY KEY,
    workspace   TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    created     BIGINT NOT NULL,
    UNIQUE (workspace, name)
);
CREATE TABLE access_member (
    workspace TEXT COLLATE "C" NOT NULL,
    group_id  BIGINT NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, principal, group_id)
);
CREATE INDEX access_member_group ON access_member (workspace, group_id);
-- +goose Down
DROP TABLE access_member;
DROP TABLE access_group;
DROP TABLE access_grant;
