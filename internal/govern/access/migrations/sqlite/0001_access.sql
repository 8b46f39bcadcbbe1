-- +goose Up
-- Who may enter belongs to the installation; what somebody is, to a workspace.
CREATE TABLE access_user (
    name     TEXT NOT NULL PRIMARY KEY,
    password TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    updated  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE access_service (
    name     TEXT NOT NULL PRIMARY KEY,
    secret   TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    updated  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE access_role (
    workspace TEXT NOT NULL,
    principal TEXT NOT NULL,
    role      TEXT NOT NULL,
    PRIMARY KEY (workspace, principal)
) STRICT, WITHOUT ROWID;
CREATE TABLE access_token (
    id        TEXT NOT NULL PRIMARY KEY,
    hash      TEXT NOT NULL UNIQUE,
    principal TEXT NOT NULL,
    name      TEXT NOT NULL,
    scope     TEXT NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    used      INTEGER NOT NULL,
    revoked   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_token_principal ON access_token (principal, name);
CREATE TABLE access_session (
    id        TEXT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL,
    principal TEXT NOT NULL,
    scope     TEXT NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    ended     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_session_principal ON access_session (principal);
CREATE TABLE access_bearer (
    hash    TEXT NOT NULL PRIMARY KEY,
    session TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE access_refresh (
    hash    TEXT NOT NULL PRIMARY KEY,
    session TEXT NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE access_refresh;
DROP TABLE access_bearer;
DROP TABLE access_session;
DROP TABLE access_token;
DROP TABLE access_role;
DROP TABLE access_service;
DROP TABLE access_user;
