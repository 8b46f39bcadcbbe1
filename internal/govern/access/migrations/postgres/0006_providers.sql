-- +goose Up
-- People by what their provider calls them, the roles that its groups give, and
-- which of its answers were used up.
CREATE TABLE access_identity (
    issuer  TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE TABLE access_mapped_role (
    workspace TEXT COLLATE "C" NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, principal)
);
CREATE TABLE access_answer (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL
);
-- +goose Down
DROP TABLE access_answer;
DROP TABLE access_mapped_role;
DROP TABLE access_identity;
