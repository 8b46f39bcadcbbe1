-- +goose Up
CREATE TABLE scan_judgement (
    workspace TEXT COLLATE "C" NOT NULL,
    root      TEXT COLLATE "C" NOT NULL,
    listing   TEXT COLLATE "C" NOT NULL,
    digest    TEXT COLLATE "C" NOT NULL,
    rules     TEXT COLLATE "C" NOT NULL,
    status    TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL,
    verdict   TEXT COLLATE "C" NOT NULL,
    files     BIGINT NOT NULL,
    bytes     BIGINT NOT NULL,
    critical  BIGINT NOT NULL,
    high      BIGINT NOT NULL,
    medium    BIGINT NOT NULL,
    low       BIGINT NOT NULL,
    judged    BIGINT NOT NULL,
    gravest   TEXT COLLATE "C" NOT NULL,
    report    BYTEA   NOT NULL,
    PRIMARY KEY (workspace, root)
);
CREATE INDEX scan_judgement_verdict ON scan_judgement (workspace, verdict, judged DESC);
CREATE TABLE scan_version (
    workspace TEXT COLLATE "C" NOT NULL,
    root      TEXT COLLATE "C" NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL,
    PRIMARY KEY (workspace, name, number)
);
CREATE INDEX scan_version_root ON scan_version (workspace, root);
CREATE TABLE scan_override (
    workspace TEXT COLLATE "C" NOT NULL,
    digest    TEXT COLLATE "C" NOT NULL,
    who       TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL,
    made      BIGINT NOT NULL,
    PRIMARY KEY (workspace, digest)
);
