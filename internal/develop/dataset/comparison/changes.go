package comparison

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
)

// Kind is how an entry differs.
type Kind uint8

// The kinds, in the order in which dvc tells of them.
const (
	Modified Kind = iota
	Unknown       // the listing of the folder is not in the cache on one side
	Renamed       // gone at one place, and new at another
	Added
	Deleted
	Unchanged
)

// Change is an entry on two sides; one of them is nil where it is not there.
type Change struct {
	Kind     Kind
	Old, New *Entry

	root string // of one that is unknown: the out that it lies in
	// brought says that it belongs to an import whose data no cache has, and that lies here.
	brought bool
}

// Path is where it is now, or was.
func (c Change) Path() string {
	if c.New != nil {
		return c.New.Path
	}
	return c.Old.Path
}

// Shown is the path as dvc prints it.
func (c Change) Shown() string {
	if c.New != nil && c.Kind != Deleted {
		return c.New.Shown()
	}
	return c.Old.Shown()
}

// asked is what is to be told.
type asked struct {
	files     bool // look into folders
	unchanged bool // tell of what is the same
}

// compare tells what makes one side another: the changes by kind, and by path.
func compare(ctx context.Context, from, to *side, a asked) ([]Change, error) {
	var all []Change
	for i, j := 0, 0; i < len(from.outs) || j < len(to.outs); {
		switch {
		case j == len(to.outs) || i < len(from.outs) && before(from.outs[i], to.outs[j]):
			if err := alone(ctx, &all, from, from.outs[i], a, Deleted); err != nil {
				return nil, err
			}
			i++
		case i == len(from.outs) || before(to.outs[j], from.outs[i]):
			if err := alone(ctx, &all, to, to.outs[j], a, Added); err != nil {
				return nil, err
			}
			j++
		default:
			if err := both(ctx, &all, from, to, i, j, a); err != nil {
				return nil, err
			}
			i, j = i+1, j+1
		}
	}
	all = rejoined(all)
	all = withRenames(all)
	slices.SortStableFunc(all, byKind)
	return all, nil
}

func byKind(x, y Change) int {
	if x.Kind != y.Kind {
		return int(x.Kind) - int(y.Kind)
	}
	return comparePaths(x.Path(), y.Path())
}

func before(a, b *placed) bool {
	c := comparePaths(a.Path, b.Path)
	return c < 0 || c == 0 && comparePaths(a.sub, b.sub) < 0
}

// alone takes in an out that one side has.
func alone(ctx context.Context, all *[]Change, s *side, p *placed, a asked, kind Kind) error {
	entries, _, err := s.entries(ctx, p, a.files)
	for i := range entries {
		if kind == Added {
			*all = append(*all, Change{Kind: kind, New: &entries[i]})
		} else {
			*all = append(*all, Change{Kind: kind, Old: &entries[i]})
		}
	}
	return err
}

// both takes in an out that is on both sides.
func both(ctx context.Context, all *[]Change, from, to *side, i, j int, a asked) error {
	p, q := from.outs[i], to.outs[j]
	if p.same(&q.Entry) && !a.unchanged {
		return nil
	}
	old, unknownOld, err := from.entries(ctx, p, a.files)
	if err != nil {
		return err
	}
	if p.same(&q.Entry) && !q.read {
		q.listing, q.read = p.listing, p.read
	}
	brought := p.imported != nil && p.listing == nil && p.same(&q.Entry)
	if brought && q.listing != nil { // what lies here is what its source had
		p.listing, p.read = q.listing, true
		if old, unknownOld, err = from.entries(ctx, p, a.files); err != nil {
			return err
		}
	}
	now, unknownNow, err := to.entries(ctx, q, a.files)
	if err != nil {
		return err
	}
	if p.folder && p.Nameless { // whose own hash nobody knows: its files are what is compared
		now = withoutRoot(now, q)
	}
	if q.folder && q.Nameless {
		old = withoutRoot(old, p)
	}
	merge(all, p, old, now, unknownOld || unknownNow, brought, a)
	return nil
}

// merge takes in the entries of an out on both sides, which are sorted. unknown says that
// a listing is not to be had, brought that the data are of an import and lie here alone.
func merge(all *[]Change, p *placed, old, now []Entry, unknown, brought bool, a asked) {
	for x, y := 0, 0; x < len(old) || y < len(now); {
		c := Change{brought: brought}
		order := 0
		switch {
		case x == len(old):
			order = 1
		case y == len(now):
			order = -1
		default:
			order = pyjson.CompareStrings(old[x].Path, now[y].Path)
		}
		if order <= 0 {
			c.Old, c.Kind = &old[x], Deleted
			x++
		}
		if order >= 0 {
			c.New, c.Kind = &now[y], Added
			y++
		}
		if order == 0 {
			if c.Kind = Modified; c.Old.same(c.New) {
				c.Kind = Unchanged
			}
		} else if unknown {
			c.Kind, c.root = Unknown, p.Path
		}
		if c.Kind != Unchanged || a.unchanged {
			*all = append(*all, c)
		}
	}
}

// rejoined makes one change of a file that belongs to another out now: it is gone in one
// and new in the other, under the same path.
func rejoined(all []Change) []Change {
	gone := map[string]int{}
	for i, c := range all {
		if c.Kind == Deleted {
			gone[c.Old.Path] = i
		}
	}
	if len(gone) == 0 {
		return all
	}
	drop := map[int]bool{}
	for i, c := range all {
		at, ok := gone[c.Path()]
		if c.Kind != Added || !ok {
			continue
		}
		old := all[at].Old
		drop[at] = true
		if all[i].Old, all[i].Kind = old, Modified; old.same(c.New) {
			all[i].Kind = Unchanged
		}
	}
	if len(drop) == 0 {
		return all
	}
	var left []Change
	for i, c := range all {
		if !drop[i] {
			left = append(left, c)
		}
	}
	return left
}

// withRenames pairs what is gone with what is new under the same bytes: the first that
// is new, by path, with the first that is gone.
func withRenames(all []Change) []Change {
	type bytes struct {
		id     object.ID
		layout object.Layout
	}
	gone := map[bytes][]int{}
	var added []int
	for i, c := range all {
		switch c.Kind {
		case Deleted:
			if c.Old.Nameless {
				continue
			}
			key := bytes{c.Old.ID, c.Old.Layout}
			gone[key] = append(gone[key], i)
		case Added:
			if c.New.Nameless {
				continue
			}
			added = append(added, i)
		}
	}
	byPath := func(i, j int) int { return comparePaths(all[i].Path(), all[j].Path()) }
	slices.SortFunc(added, byPath)
	for _, g := range gone {
		slices.SortFunc(g, byPath)
	}
	paired := map[int]bool{}
	for _, i := range added {
		key := bytes{all[i].New.ID, all[i].New.Layout}
		if g := gone[key]; len(g) > 0 {
			all[i].Old, all[i].Kind = all[g[0]].Old, Renamed
			paired[g[0]], gone[key] = true, g[1:]
		}
	}
	if len(paired) == 0 {
		return all
	}
	left := make([]Change, 0, len(all)-len(paired))
	for i, c := range all {
		if !paired[i] {
			left = append(left, c)
		}
	}
	return left
}

// notInCache are the entries whose objects are not in the cache, in their order.
func notInCache(ctx context.Context, r *repository.Repository, entries []*Entry) ([]*Entry, error) {
	absent := map[object.Layout]map[object.ID]bool{}
	for _, layout := range []object.Layout{object.Current, object.Legacy} {
		var ids []object.ID
		for _, e := range entries {
			if e.Layout == layout && !e.Nameless {
				ids = append(ids, e.ID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		var err error
		if absent[layout], err = r.Cache(layout).Absent(ctx, ids); err != nil {
			return nil, err
		}
	}
	var all []*Entry
	for _, e := range entries {
		if !e.Nameless && absent[e.Layout][e.ID] {
			all = append(all, e)
		}
	}
	return all, nil
}
