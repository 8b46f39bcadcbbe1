package sharing

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// State is how an object is in the cache and not in the remote, or the reverse.
type State string

// The states.
const (
	New     State = "new"     // the remote lacks it
	Deleted State = "deleted" // the cache lacks it
	Missing State = "missing" // both do
)

// Difference is an object that is not at both places.
type Difference struct {
	Name  string // as dvc names it: the out's path, with that in it
	State State
}

// Status compares the cache with the remotes, by name.
func (c *Config) Status(ctx context.Context, q Request) (all []Difference, err error) {
	defer fault.Wrap(&err, "sharing.Status")
	parts, err := c.gather(ctx, q, true)
	if err == nil && (len(parts) == 0 || parts[0].remote == "") {
		err = c.checkDefault(q)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		err := c.with(ctx, p, func(side *remote.Side) error {
			some, err := c.compare(ctx, q, p, side)
			all = append(all, some...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b Difference) bool { return a.Name == b.Name }), nil
}

func (c *Config) compare(ctx context.Context, q Request, p part, side *remote.Side) ([]Difference, error) {
	var absent []repository.Selected
	listings, err := c.listings(ctx, p, side, func(s repository.Selected) { absent = append(absent, s) })
	if err != nil {
		return nil, err
	}
	names := map[object.ID]string{}
	var ids []object.ID
	note := func(id object.ID, name string) {
		if _, ok := names[id]; !ok {
			ids = append(ids, id)
			names[id] = name
		}
	}
	for _, s := range p.outs {
		shown := c.Repo.Shown(q.Cwd, s.Out.Path)
		if !s.Out.ID.Dir {
			note(s.Out.ID, shown)
			continue
		}
		l := listings[s.Out.ID]
		if l == nil {
			continue
		}
		note(s.Out.ID, shown)
		for i := range l.Len() {
			if path := string(l.Path(i)); repository.Within(path, s.Sub) {
				note(l.ID(i), shown+"/"+path)
			}
		}
	}
	here, err := (local{c.Repo.Cache(p.layout)}).Missing(ctx, ids)
	if err != nil {
		return nil, err
	}
	there, err := side.Missing(ctx, ids)
	if err != nil {
		return nil, err
	}
	var all []Difference
	for id, state := range differences(here, there) {
		all = append(all, Difference{names[id], state})
	}
	for _, s := range absent {
		all = append(all, Difference{c.Repo.Shown(q.Cwd, s.Out.Path), Missing})
	}
	return all, nil
}

// differences are the objects that are missing here, there, or at both places.
func differences(here, there []object.ID) map[object.ID]State {
	all := make(map[object.ID]State, len(here)+len(there))
	for _, id := range there {
		all[id] = New
	}
	for _, id := range here {
		if all[id] == New {
			all[id] = Missing
		} else {
			all[id] = Deleted
		}
	}
	return all
}
