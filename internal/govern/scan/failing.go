package scan

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Failing is that a version is used as something whose gate it does not pass: its
// files, the rules or the policy are others than when it was admitted.
type Failing struct {
	At     []string // what it is used as: alias champion, stage Production
	Why    string
	Digest string // of the files, "" where tacit keeps none
	Since  time.Time
}

// same reports whether two are the same but for their time.
func (f Failing) same(o Failing) bool {
	return slices.Equal(f.At, o.At) && f.Why == o.Why && f.Digest == o.Digest
}

func (v VersionRef) urn() urn.URN { return urn.New("model", v.Name, strconv.FormatInt(v.Number, 10)) }

// standing is how a version stands at the gates of what it is used as, and stood when
// that was looked at last.
type standing struct {
	basis
	was, is *Failing
}

// changed reports whether there is something to tell.
func (s standing) changed() bool {
	if s.was == nil || s.is == nil {
		return s.was != s.is
	}
	return !s.was.same(*s.is)
}

// review looks at the gates of what a version is used as, tells where it does not
// pass them, or passes them again, and writes that where clients see it.
func (s *Service) review(ctx context.Context, v VersionRef) (err error) {
	defer fault.Wrap(&err, "scan.review(%s, %d)", v.Name, v.Number)
	root, elsewhere, err := s.Models.OfVersion(ctx, v.Name, v.Number)
	var origin Origin
	if err == nil && s.Settings().Policy.asksOrigin() {
		origin, err = s.Models.Origin(ctx, v.Name, v.Number)
	}
	if err != nil {
		return unlessGone(err)
	}
	look := func(r rows.Reader) (st standing, err error) {
		if st.basis, err = basisOf(ctx, r, v, root, elsewhere); err != nil {
			return st, err
		}
		st.origin = origin
		return st, s.stand(ctx, r, &st)
	}
	var st standing
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		st, err = look(r)
		return err
	})
	if err == nil && st.changed() {
		err = s.DB.Write(ctx, func(tx *rows.Tx) error {
			if st, err = look(tx); err != nil || !st.changed() {
				return err
			}
			return s.tellStanding(ctx, tx, st)
		})
	}
	if err != nil || st.root != "" && !st.known {
		return err
	}
	if err := s.tellFixes(ctx, st.basis); err != nil {
		return err
	}
	return unlessGone(s.Models.Warn(ctx, v.Name, v.Number, st.warning()))
}

// unlessGone is an error that is not that something is gone by now.
func unlessGone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// stand decides on a version for all that it is used as. Of files that nobody judged
// yet it stays as it was said.
func (s *Service) stand(ctx context.Context, r rows.Reader, st *standing) error {
	before, err := rows.One(ctx, r, scanFailing, selectFailing, caller.Workspace(ctx), st.Name, st.Number)
	if err != nil && !rows.IsNone(err) {
		return err
	}
	if err == nil {
		st.was, st.is = &before, &before
	}
	if st.root != "" && !st.known {
		return nil
	}
	uses, err := s.Models.Uses(ctx, r, st.Name, st.Number)
	if err != nil {
		return err
	}
	policies, after := s.Settings().Policy, Failing{Digest: st.judgement.Digest, Since: s.Now().UTC()}
	for _, to := range uses {
		policy, guarded := policies.at(to)
		if !guarded {
			continue
		}
		if decision, why := st.decide(policy, s.Now()); decision == Deny {
			after.At = append(after.At, to.String())
			if after.Why == "" {
				after.Why = cut(why)
			}
		}
	}
	if st.is = &after; len(after.At) == 0 {
		st.is = nil
	}
	return nil
}

// tellStanding keeps how a version stands, and announces it: to operators as an error,
// since tacit takes nothing away by itself.
func (s *Service) tellStanding(ctx context.Context, tx *rows.Tx, st standing) error {
	workspace := caller.Workspace(ctx)
	if st.is == nil {
		if _, err := tx.Exec(ctx, deleteFailing, workspace, st.Name, st.Number); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			s.Log.Info("a version passes the gates of what it is used as", "workspace", workspace, "model", st.Name, "version", st.Number)
		})
		return s.Events.Append(ctx, tx, versionCleared(st))
	}
	f := *st.is
	if _, err := tx.Exec(ctx, upsertFailing, workspace, st.Name, st.Number, strings.Join(f.At, "\n"), f.Why, f.Digest, f.Since.UnixMicro()); err != nil {
		return err
	}
	tx.AfterCommit(func() {
		s.Log.Error("a version is used as what it may not be: take that away, put its files right, or override the verdict",
			"workspace", workspace, "model", st.Name, "version", st.Number, "at", f.At, "why", f.Why)
	})
	return s.Events.Append(ctx, tx, versionFailed(st))
}

// warning is what there is to say against a version, for its tag.
func (st standing) warning() string {
	if st.is == nil {
		return cut(st.judgement.Warning())
	}
	return cut(st.is.Why) + " (in use: " + strings.Join(st.is.At, ", ") + ")"
}
