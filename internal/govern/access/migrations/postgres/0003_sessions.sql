-- +goose Up
-- The cookies of browsers' sessions.
CREATE TABLE access_cookie (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    session TEXT COLLATE "C" NOT NULL,
    used    BIGINT NOT NULL,
    client  TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL
);
-- Links by which somebody sets their password; without a name, the first
-- administrator's.
CREATE TABLE access_invitation (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
-- +goose Down
DROP TABLE access_invitation;
DROP TABLE access_cookie;
