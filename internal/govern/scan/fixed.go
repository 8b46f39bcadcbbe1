package scan

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// fixes is the data of scan.version.fixed.
type fixes struct {
	Source string `json:"source"`
	File   string `json:"file"`
}

// Fixed keeps somebody's word that a file was made of a version's file by scan fix, both
// by their SHA-256: a version that has it later comes from this one. fault.Invalid for a
// source that the version does not have; fault.NotFound.
func (s *Service) Fixed(ctx context.Context, name string, number int64, source, file string) (err error) {
	defer fault.Wrap(&err, "scan.Fixed(%s, %d)", name, number)
	for _, text := range []string{source, file} {
		if _, err := signing.ParseDigest(text); err != nil {
			return err
		}
	}
	c, err := s.ContentsOf(ctx, name, number)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(c.Files, func(f signing.File) bool { return f.Digest.String() == source }) {
		return fault.WithHint(fault.New(fault.Invalid, "Version %d of %s has no file with the SHA-256 %s.", number, name, source), "name the version whose file was fixed, as it was judged")
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := tx.Exec(ctx, upsertFix, caller.Workspace(ctx), file, name, number); err != nil {
			return err
		}
		v := VersionRef{name, number}
		return s.Events.Append(ctx, tx, event.Event{Verb: "scan.version.fixed", Subject: v.urn(), After: event.Hash(fixes{source, file}), Data: fixes{source, file}})
	})
}

// tellFixes tells once of each file of a version that was made of another version's.
func (s *Service) tellFixes(ctx context.Context, b basis) error {
	if b.report == nil {
		return nil
	}
	digests := make([]string, len(b.report.Artifacts))
	for i, a := range b.report.Artifacts {
		digests[i] = a.SHA256
	}
	workspace, d := caller.Workspace(ctx), s.DB.Dialect()
	found, err := rows.Collect(ctx, s.DB.Read(), scanFix, selectFixes+rows.Listed[string](d, 2), workspace, rows.List(d, digests))
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.of == b.VersionRef {
			continue
		}
		err := s.DB.Write(ctx, func(tx *rows.Tx) error {
			n, err := tx.Exec(ctx, insertFixed, workspace, b.Name, b.Number, f.digest)
			if err != nil || n == 0 {
				return err
			}
			return s.Events.Append(ctx, tx, event.Event{Verb: "scan.version.derived", Subject: b.urn(), After: event.Hash(f.digest),
				Links: []event.Link{{Relation: event.DerivedFrom, To: f.of.urn()}}, Data: derived{f.digest}})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// derived is the data of scan.version.derived.
type derived struct {
	File string `json:"file"`
}

// fix is a file that scan fix wrote, and the version of whose file it was made.
type fix struct {
	digest string
	of     VersionRef
}

func scanFix(row rows.Scanner) (f fix, err error) {
	return f, row.Scan(&f.digest, &f.of.Name, &f.of.Number)
}
