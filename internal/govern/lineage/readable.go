package lineage

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// mostBeside is how many things beside data are asked for before it is said that
// the caller may read none of them.
const mostBeside = 2000

// may tells which things of a workspace the caller may read.
type may func(urn.URN) (bool, error)

// reader gives what the caller may read of a workspace, nil for all.
func (s *Service) reader(ctx context.Context, workspace string) (may, error) {
	c := caller.From(ctx)
	c.Workspace = workspace
	return s.Access.Reader(caller.With(ctx, c))
}

// readable leaves those of a workspace's nodes that the caller may read. Of data
// it is known already where the nodes lie beside things that the caller may read.
func readable[T any](ctx context.Context, s *Service, workspace string, all []T, beside bool, node func(*T) *found) ([]T, error) {
	reads, err := s.reader(ctx, workspace)
	if err != nil || reads == nil {
		return all, err
	}
	var some []T
	for _, one := range all {
		f := node(&one)
		ok := beside && isData(f.node.URN)
		if !ok {
			if ok, err = s.reads(ctx, workspace, reads, *f); err != nil {
				return nil, err
			}
		}
		if !ok {
			continue
		}
		if isData(f.node.URN) {
			if f.node.Name, err = s.nameFor(ctx, workspace, reads, f.id); err != nil {
				return nil, err
			}
			if err := s.firstFor(ctx, workspace, reads, f); err != nil {
				return nil, err
			}
		}
		some = append(some, one)
	}
	return some, nil
}

// nameFor is the last name that something gave to data which the caller may read,
// "" for none.
func (s *Service) nameFor(ctx context.Context, workspace string, reads may, id int64) (string, error) {
	all, err := rows.Collect(ctx, s.DB.Read(), scanGiven, selectNames, workspace, id, mostBeside)
	if err != nil {
		return "", err
	}
	for _, g := range all {
		giver, err := urn.Parse(g.giver)
		if err != nil {
			return "", err
		}
		if ok, err := reads(giver); err != nil || ok {
			return g.name, err
		}
	}
	return "", nil
}

// firstFor has data begin with the first event by which something that the caller may
// read used or made it; of what nothing did it leaves the first of its own.
func (s *Service) firstFor(ctx context.Context, workspace string, reads may, f *found) error {
	all, err := rows.Collect(ctx, s.DB.Read(), scanAsserted, selectFirst, workspace, f.id, mostBeside)
	if err != nil || len(all) == 0 {
		return err
	}
	f.node.Event, f.node.First = "", time.Time{}
	for _, a := range all {
		by, err := urn.Parse(a.by)
		if err != nil {
			return err
		}
		if ok, err := reads(by); err != nil {
			return err
		} else if ok {
			f.node.Event, f.node.First = a.event, a.time
			return nil
		}
	}
	return nil
}

// reads reports whether the caller may read a node. No policy and no grant tells
// one of data from another: it is told with whatever used or made it, and where
// nothing did, as other things are. A thing of yet another workspace is left to
// whoever finds it there.
func (s *Service) reads(ctx context.Context, workspace string, reads may, f found) (bool, error) {
	u := f.node.URN
	switch {
	case u.Workspace != "":
		return true, nil
	case !isData(u):
		return reads(u)
	}
	beside, err := rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectBeside, workspace, f.id, mostBeside)
	if err != nil || len(beside) == 0 {
		return err == nil, err
	}
	for _, text := range beside {
		other, err := urn.Parse(text)
		if err != nil {
			return false, err
		}
		if ok, err := reads(other); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

func isData(u urn.URN) bool { return u.Kind == "data" || u.Kind == "dataset" }
