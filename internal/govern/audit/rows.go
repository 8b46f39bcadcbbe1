package audit

import (
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// lockLeavesPostgres keeps other replicas from appending until the transaction
// ends; readers go on.
const lockLeavesPostgres = `LOCK TABLE audit_leaf IN SHARE ROW EXCLUSIVE MODE`

const selectSize = `SELECT COALESCE(max(tree_index) + 1, 0) FROM audit_leaf`

const insertLeavesSQLite = `
INSERT INTO audit_leaf (tree_index, position, event, workspace, hash, part, emptied)
SELECT value->>0, value->>1, value->>2, value->>3, unhex(value->>4), unhex(value->>5), 0 FROM json_each($1)`

const insertLeavesPostgres = `
INSERT INTO audit_leaf (tree_index, position, event, workspace, hash, part, emptied)
SELECT CAST(e->>0 AS BIGINT), CAST(e->>1 AS BIGINT), e->>2, e->>3, decode(e->>4, 'hex'), decode(e->>5, 'hex'), 0
FROM jsonb_array_elements(CAST($1 AS JSONB)) e`

const insertHash = `INSERT INTO audit_hash (place, hash) VALUES ($1, $2)`

const selectHash = `SELECT hash FROM audit_hash WHERE place = $1`

const selectHashes = `SELECT place, hash FROM audit_hash WHERE place > $1 ORDER BY place LIMIT $2`

const selectLeafHashes = `SELECT hash FROM audit_leaf WHERE tree_index >= $1 AND tree_index < $2 ORDER BY tree_index`

const leafColumns = `tree_index, position, event, workspace, hash, part, emptied`

const selectLeavesByIndex = `SELECT ` + leafColumns + ` FROM audit_leaf WHERE tree_index > $1 ORDER BY tree_index LIMIT $2`

const selectLeavesByPosition = `SELECT ` + leafColumns + ` FROM audit_leaf WHERE position > $1 ORDER BY position LIMIT $2`

const selectUnemptied = `SELECT ` + leafColumns + ` FROM audit_leaf WHERE emptied = 0 AND position > $1 AND position <= $2 ORDER BY position LIMIT $3`

const selectEmptied = `SELECT ` + leafColumns + ` FROM audit_leaf WHERE emptied <> 0 AND position > $1 ORDER BY position LIMIT $2`

const selectLastPosition = `SELECT COALESCE(max(position), 0) FROM audit_leaf`

const insertCheckpoint = `INSERT INTO audit_checkpoint (size, time, note) VALUES ($1, $2, $3)
ON CONFLICT (size) DO UPDATE SET time = excluded.time, note = excluded.note`

const selectLastCheckpoint = `SELECT size, time, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1`

const selectCheckpoints = `SELECT size, time, note FROM audit_checkpoint WHERE size > $1 ORDER BY size LIMIT $2`

// leaf is one record of the tree.
type leaf struct {
	index, position int64
	event           string
	workspace       string
	hash, part      tlog.Hash
	emptied         bool
}

func scanLeaf(s rows.Scanner) (l leaf, err error) {
	var hash, part []byte
	var emptied int64
	if err := s.Scan(&l.index, &l.position, &l.event, &l.workspace, &hash, &part, &emptied); err != nil {
		return l, err
	}
	l.emptied = emptied != 0
	l.hash, l.part = sized(hash), sized(part)
	return l, nil
}

// sized is a hash; bytes of another length, which nobody but a stranger wrote,
// are the zero hash, which is that of nothing.
func sized(b []byte) (h tlog.Hash) {
	if len(b) == tlog.HashSize {
		copy(h[:], b)
	}
	return h
}

func scanHash(s rows.Scanner) (tlog.Hash, error) {
	var b []byte
	if err := s.Scan(&b); err != nil {
		return tlog.Hash{}, err
	}
	if len(b) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("audit: a hash of %d bytes", len(b))
	}
	return sized(b), nil
}

// placed is a hash with its place.
type placed struct {
	place int64
	hash  tlog.Hash
}

func scanPlaced(s rows.Scanner) (p placed, err error) {
	var b []byte
	err = s.Scan(&p.place, &b)
	p.hash = sized(b)
	return p, err
}

func scanCheckpoint(s rows.Scanner) (c signed, err error) {
	var micros int64
	err = s.Scan(&c.size, &micros, &c.note)
	c.time = time.UnixMicro(micros).UTC()
	return c, err
}
