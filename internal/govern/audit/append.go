package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// append gives each event its leaf, in one transaction. An event that has one
// already is left out, and so is one that tacit did not write: it stays without
// a leaf, by which a verification names it.
func (s *Service) append(ctx context.Context, all []event.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	grown := s.edge
	err := s.DB.WriteAt(ctx, rows.ReadCommitted, func(tx *rows.Tx) (err error) {
		grown, err = s.grow(ctx, tx, all)
		return err
	})
	if err == nil {
		s.edge = grown
	}
	return err
}

// grow appends inside a transaction and gives the edge as it is then.
func (s *Service) grow(ctx context.Context, tx *rows.Tx, all []event.Event) (edge, error) {
	if tx.Dialect() == rows.Postgres {
		if _, err := tx.Exec(ctx, lockLeavesPostgres); err != nil {
			return edge{}, err
		}
	}
	size, err := rows.One(ctx, tx, rows.Column[int64], selectSize)
	if err != nil {
		return edge{}, err
	}
	e := s.edge
	if e.size != size { // another process appended, or this one has just begun
		if e, err = readEdge(ctx, tx, size); err != nil {
			return e, err
		}
	}
	known, err := knownOf(ctx, tx, all)
	if err != nil {
		return e, err
	}
	var leaves [][6]any
	var whole []placed
	for _, one := range all {
		if known[one.Position] {
			continue
		}
		if one.Mark != "" {
			s.Log.Error("an entry of the audit log was not written by tacit; tacit audit verify names it", "position", one.Position, "id", one.ID, "mark", one.Mark)
			continue
		}
		part := partOf(one).hash()
		hash := tlog.RecordHash(leafText(one, part))
		leaves = append(leaves, [6]any{e.size, one.Position, one.ID, one.Workspace, hex.EncodeToString(hash[:]), hex.EncodeToString(part[:])})
		e.add(hash, func(level int, n int64, h tlog.Hash) {
			if level >= tileHeight {
				whole = append(whole, placed{tlog.StoredHashIndex(level, n), h})
			}
		})
	}
	if len(leaves) == 0 {
		return e, nil
	}
	return e, insert(ctx, tx, leaves, whole)
}

// knownOf are the positions that have a leaf.
func knownOf(ctx context.Context, r rows.Reader, all []event.Event) (map[int64]bool, error) {
	positions := make([]int64, len(all))
	for i, e := range all {
		positions[i] = e.Position
	}
	found, err := rows.Collect(ctx, r, rows.Column[int64], selectKnown+rows.Listed[int64](r.Dialect(), 1), rows.List(r.Dialect(), positions))
	known := make(map[int64]bool, len(found))
	for _, position := range found {
		known[position] = true
	}
	return known, err
}

// insert writes leaves, all by one statement, and the hashes of whole subtrees.
func insert(ctx context.Context, tx *rows.Tx, leaves [][6]any, whole []placed) error {
	list, err := json.Marshal(leaves)
	if err != nil {
		return err
	}
	statement := insertLeavesSQLite
	if tx.Dialect() == rows.Postgres {
		statement = insertLeavesPostgres
	}
	if _, err := tx.Exec(ctx, statement, string(list)); err != nil {
		return err
	}
	for _, p := range whole {
		if _, err := tx.Exec(ctx, insertHash, p.place, p.hash[:]); err != nil {
			return err
		}
	}
	return nil
}
