-- +goose Up
-- Who may enter belongs to the installation; what somebody is, to a workspace.
CREATE TABLE access_user (
    name     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    password TEXT COLLATE "C" NOT NULL,
    disabled BIGINT  NOT NULL,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL
);
CREATE TABLE access_service (
    name     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    secret   TEXT COLLATE "C" NOT NULL,
    disabled BIGINT  NOT NULL,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL
);
CREATE TABLE access_role (
    workspace TEXT COLLATE "C" NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, principal)
);
CREATE TABLE access_token (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash      TEXT COLLATE "C" NOT NULL UNIQUE,
    principal TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    scope     TEXT COLLATE "C" NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    revoked   BIGINT NOT NULL
);
CREATE INDEX access_token_principal ON access_token (principal, name);
CREATE TABLE access_session (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind      TEXT COLLATE "C" NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    scope     TEXT COLLATE "C" NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    ended     BIGINT NOT NULL
);
CREATE INDEX access_session_principal ON access_session (principal);
CREATE TABLE access_bearer (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    session TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL
);
CREATE TABLE access_refresh (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    session TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT NOT NULL
);
-- +goose Down
DROP TABLE access_refresh;
DROP TABLE access_bearer;
DROP TABLE access_session;
DROP TABLE access_token;
DROP TABLE access_role;
DROP TABLE access_service;
DROP TABLE access_user;
