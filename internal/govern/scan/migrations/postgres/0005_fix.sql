-- +goose Up
-- Files that scan fix wrote, by their SHA-256, and the version of whose file they are the same model.
CREATE TABLE scan_fix (
    workspace TEXT COLLATE "C" NOT NULL,
    digest    TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL,
    PRIMARY KEY (workspace, digest)
);
-- Versions of which was told that they have such a file.
CREATE TABLE scan_fixed (
    workspace TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL,
    digest    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, name, number, digest)
);
-- +goose Down
DROP TABLE scan_fixed;
DROP TABLE scan_fix;
