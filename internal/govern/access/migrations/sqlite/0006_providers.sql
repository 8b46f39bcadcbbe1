-- +goose Up
-- People by what their provider calls them, the roles that its groups give, and
-- which of its answers were used up.
CREATE TABLE access_identity (
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    name    TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE access_mapped_role (
    workspace TEXT NOT NULL,
    principal TEXT NOT NULL,
    role      TEXT NOT NULL,
    PRIMARY KEY (workspace, principal)
) STRICT, WITHOUT ROWID;
CREATE TABLE access_answer (
    hash    TEXT NOT NULL PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE access_answer;
DROP TABLE access_mapped_role;
DROP TABLE access_identity;
