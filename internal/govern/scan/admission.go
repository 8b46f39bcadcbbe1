package scan

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// basis is what a version is decided on by.
type basis struct {
	VersionRef
	root, elsewhere string // as Models tell them
	known           bool   // that the files were judged
	judgement       Judgement
	report          *Report
	printed         bool // that there is an imprint
	imprint         imprint
	override        *Override
	origin          Origin // asked for where a policy requires provenance
}

// basisOf reads what is kept of a version's files.
func basisOf(ctx context.Context, r rows.Reader, v VersionRef, root, elsewhere string) (b basis, err error) {
	b = basis{VersionRef: v, root: root, elsewhere: elsewhere}
	if root == "" {
		return b, nil
	}
	if b.judgement, b.known, err = one(ctx, r, scanJudgement, selectJudgement, root); err != nil || !b.known {
		return b, err
	}
	kept, err := rows.One(ctx, r, rows.Column[[]byte], selectReport, caller.Workspace(ctx), root)
	if err != nil {
		return b, err
	}
	if b.report, err = unpack(kept); err != nil {
		return b, err
	}
	return b, b.fill(ctx, r)
}

// fill reads what stands beside the judgement of files.
func (b *basis) fill(ctx context.Context, r rows.Reader) (err error) {
	if b.imprint, b.printed, err = one(ctx, r, scanImprint, selectSignature, b.root); err != nil {
		return err
	}
	o, over, err := one(ctx, r, scanOverride, selectOverride, b.judgement.Digest)
	if over {
		b.override = &o
	}
	return err
}

// one reads the one record of the caller's workspace that has a key, if there is one.
func one[T any](ctx context.Context, r rows.Reader, scan func(rows.Scanner) (T, error), statement, key string) (T, bool, error) {
	v, err := rows.One(ctx, r, scan, statement, caller.Workspace(ctx), key)
	if rows.IsNone(err) {
		return v, false, nil
	}
	return v, err == nil, err
}

// decide says what a policy makes of a version at a time.
func (b basis) decide(p Policy, at time.Time) (Decision, string) {
	decision, why := Allow, ""
	switch {
	case b.root == "" && b.elsewhere == "":
		return Allow, "" // there are no files that somebody could load
	case b.root == "":
		decision, why = p.Unscanned, "its files lie at "+b.elsewhere+", where tacit does not read"
		if p.Signature.Required {
			decision, why = Deny, why+", and its signature is not known"
		}
	case b.override != nil && b.judgement.Files > 0:
		return Allow, ""
	default:
		decision, why = p.decide(b.judgement, b.report)
		if lacks := b.unsigned(p, at); decision != Deny && lacks != "" {
			decision, why = Deny, lacks
		}
	}
	if decision != Deny && p.Provenance == Required {
		if lacks := b.origin.lacks(); lacks != "" {
			decision, why = Deny, lacks
		}
	}
	return decision, why
}

// unsigned says why the signature of files does not hold for a policy, "" where it
// does, or need not. No file is read: what they were is kept.
func (b basis) unsigned(p Policy, at time.Time) string {
	if !p.Signature.Required {
		return ""
	}
	if !b.printed || b.imprint.listing != b.judgement.Listing {
		return "its files changed while they were judged"
	}
	trust := p.trust
	trust.At = at
	switch v := b.imprint.state(trust); v.State {
	case Verified:
		return ""
	case Unsigned:
		return "it is not signed, and the policy requires a signature"
	default:
		return "its signature does not hold: " + v.Why
	}
}

// Admission is what a version was admitted on by. The zero one is that of a target
// without a gate.
type Admission struct{ of basis }

// Holds reports, inside the transaction of the change, whether the files have the
// verdict by which the version was admitted: one that was given between is seen here,
// and one that is given later finds the version admitted.
func (a Admission) Holds(ctx context.Context, tx *rows.Tx) (bool, error) {
	if a.of.root == "" {
		return true, nil
	}
	j, known, err := one(ctx, tx, scanJudgement, selectJudgement, a.of.root)
	if err != nil || !known || !j.same(a.of.judgement) {
		return false, err
	}
	_, over, err := one(ctx, tx, scanOverride, selectOverride, j.Digest)
	return over == (a.of.override != nil), err
}
