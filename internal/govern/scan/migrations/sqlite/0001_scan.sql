-- +goose Up
CREATE TABLE scan_judgement (
    workspace TEXT    NOT NULL,
    root      TEXT    NOT NULL,
    listing   TEXT    NOT NULL,
    digest    TEXT    NOT NULL,
    rules     TEXT    NOT NULL,
    status    TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    verdict   TEXT    NOT NULL,
    files     INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    critical  INTEGER NOT NULL,
    high      INTEGER NOT NULL,
    medium    INTEGER NOT NULL,
    low       INTEGER NOT NULL,
    judged    INTEGER NOT NULL,
    gravest   TEXT    NOT NULL,
    report    BLOB    NOT NULL,
    PRIMARY KEY (workspace, root)
) STRICT, WITHOUT ROWID;
CREATE INDEX scan_judgement_verdict ON scan_judgement (workspace, verdict, judged DESC);
CREATE TABLE scan_version (
    workspace TEXT    NOT NULL,
    root      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    PRIMARY KEY (workspace, name, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX scan_version_root ON scan_version (workspace, root);
CREATE TABLE scan_override (
    workspace TEXT    NOT NULL,
    digest    TEXT    NOT NULL,
    who       TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    made      INTEGER NOT NULL,
    PRIMARY KEY (workspace, digest)
) STRICT, WITHOUT ROWID;
