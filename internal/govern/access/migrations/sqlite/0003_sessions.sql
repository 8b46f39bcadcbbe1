-- +goose Up
-- The cookies of browsers' sessions.
CREATE TABLE access_cookie (
    hash    TEXT NOT NULL PRIMARY KEY,
    session TEXT NOT NULL,
    used    INTEGER NOT NULL,
    client  TEXT NOT NULL,
    address TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Links by which somebody sets their password; without a name, the first
-- administrator's.
CREATE TABLE access_invitation (
    hash    TEXT NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE access_invitation;
DROP TABLE access_cookie;
