package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// ProfileKind is the job that looks into the tables of new versions.
	ProfileKind = "dataset.profile"
	// ProfileTime bounds one attempt at it.
	ProfileTime = 6 * time.Hour
	// ProfileEvery is how often it is done, beside after each push.
	ProfileEvery = time.Minute

	// MostTables is how many tables of a version are looked into, in the order of their
	// paths.
	MostTables = 50
	// headRows is how many rows are shown of a table.
	headRows = 20
	// dueAtOnce is how many versions are asked for at a time.
	dueAtOnce = 100
)

// due is a version whose tables nobody looked into.
type due struct {
	workspace, remote string
	pushed            int64 // in microseconds since 1970
	layout            object.Layout
	id                object.ID
}

// name is the version's, and before all of them without one.
func (d due) name() string {
	if d.workspace == "" {
		return ""
	}
	return d.id.String()
}

// table is a file of a version that may hold rows.
type table struct {
	id   object.ID
	name string // "" unknown
}

// WorkProfile looks into the tables of versions that are new, as a job. A version that
// cannot be looked into now keeps no other one waiting: it is tried again by the next
// job, and the first such failure is this one's.
func (s *Service) WorkProfile(ctx context.Context, w jobs.Work) (err error) {
	defer fault.Wrap(&err, "dataset.WorkProfile")
	if s.Files.Lake == nil {
		return nil // a program that can will
	}
	var behind due
	for n, failed := int64(0), error(nil); ; {
		all, err := rows.Collect(ctx, s.DB.Read(), scanDue, selectDue, dueAtOnce, behind.workspace, behind.pushed, behind.remote, int64(behind.layout), behind.name())
		if err != nil || len(all) == 0 {
			return errors.Join(failed, err)
		}
		for _, d := range all {
			behind = d
			err := s.profileVersion(caller.With(ctx, caller.System("dataset", d.workspace)), d)
			if ctx.Err() != nil {
				return errors.Join(context.Cause(ctx), failed)
			}
			if err != nil && failed == nil {
				failed = fault.Because(err, fault.KindOf(err), "The version %s in the remote %q could not be looked into: %s", d.id, d.remote, fault.Sentence(err))
			}
			n++
			if err := w.Progress(ctx, n, 0, fmt.Sprintf("%d versions looked into", n)); err != nil {
				return err
			}
		}
	}
}

// profileVersion looks into the tables of one version, and notes that it did. A table
// that cannot be looked into now has the version looked into again; so has one at which
// tacit fails, which is told as failed meanwhile, and left alone for a while.
func (s *Service) profileVersion(ctx context.Context, d due) error {
	own, err := s.profiled(ctx, d.layout, d.id)
	if err != nil || own.rests(s.Now()) {
		return err
	}
	tables, all, err := s.tables(ctx, d)
	switch {
	case fault.Is(err, fault.Internal):
		_, kept := s.failedAt(ctx, d, d.id, own, err)
		return errors.Join(err, kept)
	case err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
		return err
	}
	if err := s.await(ctx, d.layout, tables); err != nil {
		return err
	}
	sum := counts{known: all && err == nil && len(tables) > 0}
	var never, later error
	waits := false
	for _, t := range tables {
		p, err := s.look(ctx, d, t)
		switch {
		case ctx.Err() != nil:
			return err
		case fault.Is(err, fault.Internal):
			never = firstOf(never, err)
			p, err = s.failedAt(ctx, d, t.id, p, err)
			later = firstOf(later, err)
		case err != nil:
			later = firstOf(later, err)
		}
		sum.add(p)
		waits = waits || p.Tries > 0
	}
	if later != nil || waits {
		return errors.Join(later, never)
	}
	return s.lookedInto(ctx, d, sum)
}

// failedAt keeps that tacit failed at a file, once more than it did formerly.
func (s *Service) failedAt(ctx context.Context, d due, id object.ID, former Profiled, why error) (Profiled, error) {
	p := Profiled{State: ProfileFailed, Tries: former.Tries + 1, Made: s.Now()}
	p.Reason = fmt.Sprintf("%s It was tried %d times, and will be again after %s.", fault.Sentence(why), p.Tries, p.again().Format(time.RFC3339))
	return p, s.keepProfile(ctx, d.layout, id, p)
}

// firstOf is the first error that is one.
func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// lookedInto notes that a version was looked into.
func (s *Service) lookedInto(ctx context.Context, d due, sum counts) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		rowCount, columnCount := sum.told()
		_, err := tx.Exec(ctx, markProfiled, d.workspace, d.remote, int64(d.layout), d.id.String(), rowCount, columnCount)
		return err
	})
}

// counts adds the tables of a version up.
type counts struct {
	known    bool // all of them were counted
	rows     int64
	columns  int64 // -1 where they differ
	attended bool  // one was added
}

func (c *counts) add(p Profiled) {
	if p.State != ProfileReady {
		c.known = false
		return
	}
	n := int64(len(p.Profile.Columns))
	if c.rows += p.Profile.Rows; c.attended && c.columns != n {
		n = -1
	}
	c.columns, c.attended = n, true
}

// told are the sums, nil where they are not known.
func (c *counts) told() (rowCount, columnCount *int64) {
	if !c.known {
		return nil, nil
	}
	if c.columns >= 0 {
		columnCount = &c.columns
	}
	return &c.rows, columnCount
}

// tables are the files of a version that hold rows by their names, the first ones where
// they are many, and whether these are all. A version that is a file is looked at,
// whatever its name.
func (s *Service) tables(ctx context.Context, d due) (some []table, all bool, err error) {
	if !d.id.Dir {
		name, err := s.nameOf(ctx, d.remote, d.id)
		return []table{{d.id, name}}, true, err
	}
	tree, err := s.tree(ctx, d.remote, d.id)
	if err != nil {
		return nil, false, err
	}
	seen := map[object.ID]bool{}
	for i := range tree.Len() {
		t := table{tree.ID(i), string(tree.Path(i))}
		if lake.FormatNamed(t.name) == "" || seen[t.id] {
			continue // of two files with the same bytes the rows count once
		}
		if len(some) == MostTables {
			return some, false, nil
		}
		seen[t.id] = true
		some = append(some, t)
	}
	return some, true, nil
}

// await notes of which files a profile will be.
func (s *Service) await(ctx context.Context, layout object.Layout, tables []table) error {
	if len(tables) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		for _, t := range tables {
			if _, err := tx.Exec(ctx, insertWaiting, caller.Workspace(ctx), int64(layout), t.id.String(), string(ProfileWaiting), s.Now().UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

// look profiles a file, unless that was done. The error is of the store or the house:
// what is wrong with the file is part of the profile.
func (s *Service) look(ctx context.Context, d due, t table) (p Profiled, err error) {
	p, err = rows.One(ctx, s.DB.Read(), scanProfiled, selectProfile, d.workspace, int64(d.layout), t.id.String())
	if err != nil && !rows.IsNone(err) {
		return p, err
	}
	if p.State == ProfileReady || p.State == ProfileFailed && (p.Tries == 0 || p.rests(s.Now())) || p.State == ProfileNone && lake.FormatNamed(t.name) == "" {
		return p, nil
	}
	h, err := s.find(ctx, d.remote, d.layout, t.id)
	var portrait lake.Portrait
	isTable := false
	if err == nil {
		err = s.withFile(ctx, h, func(path string) error {
			var source lake.Source
			if source, isTable = lake.TableAt(path, t.name); !isTable {
				return nil
			}
			var err error
			portrait, err = s.Files.Lake.Portrait(ctx, source, headRows, lake.Limits{})
			return renamed(err, map[string]string{path: t.shown()})
		})
	}
	switch {
	case ctx.Err() != nil:
		return p, context.Cause(ctx)
	case fault.Is(err, fault.Unavailable), fault.Is(err, fault.Internal) && err != nil:
		return p, err
	case err != nil:
		p = Profiled{State: ProfileFailed, Reason: fault.Sentence(err)}
	case !isTable:
		p = Profiled{State: ProfileNone, Reason: "It is no table."}
	default:
		p = Profiled{State: ProfileReady, Profile: portrait.Profile, Head: portrait.Head}
	}
	return p, s.keepProfile(ctx, d.layout, t.id, p)
}

// shown is how a person knows a file.
func (t table) shown() string {
	if t.name == "" {
		return t.id.String()
	}
	return t.name
}

// keepProfile writes a profile down.
func (s *Service) keepProfile(ctx context.Context, layout object.Layout, id object.ID, p Profiled) error {
	body := ""
	var rowCount, columnCount *int64
	if p.State == ProfileReady || p.Tries > 0 {
		text, err := json.Marshal(kept{p.Profile, p.Head, p.Tries})
		if err != nil {
			return errors.Join(err, fault.New(fault.Internal, "The profile of %s has no form in JSON.", id))
		}
		body = string(text)
	}
	if p.State == ProfileReady {
		rowCount, columnCount = &p.Profile.Rows, new(int64(len(p.Profile.Columns)))
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, upsertProfile, caller.Workspace(ctx), int64(layout), id.String(), string(p.State), p.Reason, rowCount, columnCount, body, s.Now().UnixMicro())
		return err
	})
}
