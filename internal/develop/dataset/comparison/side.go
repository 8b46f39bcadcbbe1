package comparison

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Entry is a file or a folder on one side.
type Entry struct {
	Path   string // from the root, a folder's without a slash
	ID     object.ID
	Layout object.Layout
	// Nameless says that nobody knows the hash: the data lie where they are imported from,
	// and were never brought here. ID is nothing then.
	Nameless bool
}

// Hash is the name of its bytes, "" where nobody knows it.
func (e *Entry) Hash() string {
	if e.Nameless {
		return ""
	}
	return e.ID.String()
}

// Shown is the path as dvc prints it: a folder's with a slash at its end.
func (e *Entry) Shown() string {
	if e.ID.Dir {
		return e.Path + "/"
	}
	return e.Path
}

// same says whether two entries have the same bytes.
func (e *Entry) same(o *Entry) bool {
	return e.ID == o.ID && e.Layout == o.Layout && e.Nameless == o.Nameless
}

// placed is an out on a side.
type placed struct {
	Entry
	sub     string           // the part of it that is looked at, "" for all
	listing *listing.Listing // of a folder; nil where it is not in the cache, or was not read yet
	read    bool             // whether listing was asked for

	imported *repository.Out // whose data were never brought here; nil of all others
	files    []string        // that its source has below it
	folder   bool            // that its source has there
}

// Sources tells what an import is of whose data were never brought here: the files of a
// folder, by their paths below it.
type Sources func(context.Context, *repository.Out) (files []string, folder bool, err error)

// side is all that is looked at of a revision or of the working copy, by path.
type side struct {
	repo    *repository.Repository
	outs    []*placed
	sources Sources // nil to look no further than this machine
}

// sideOf is a side of what files of stages say.
func sideOf(r *repository.Repository, selected []repository.Selected) *side {
	s := &side{repo: r}
	for _, x := range selected {
		o := x.Out
		id, said := o.Said()
		if o.External || o.NoCache || !said && o.Stage.Dep() == nil {
			continue
		}
		p := &placed{Entry: Entry{Path: o.Path, ID: id, Layout: o.Layout, Nameless: !said}, sub: x.Sub}
		if !o.Known {
			p.imported = o
		}
		s.outs = append(s.outs, p)
	}
	s.sort()
	return s
}

// present is the side of the working copy, at the places of what was selected.
func present(ctx context.Context, r *repository.Repository, selected []repository.Selected) (*side, error) {
	s := &side{repo: r}
	for _, layout := range []object.Layout{object.Current, object.Legacy} {
		subs := map[string][]string{}
		var places []string
		for _, x := range selected {
			if o := x.Out; !o.External && !o.NoCache && o.Layout == layout {
				if subs[o.Path] == nil {
					places = append(places, o.Path)
				}
				subs[o.Path] = append(subs[o.Path], x.Sub)
			}
		}
		if len(places) == 0 {
			continue
		}
		seen, err := workingcopy.Looking(r, layout).Take(ctx, places)
		if err != nil {
			return nil, err
		}
		for i, p := range places {
			c := &seen.Contents[i]
			if c.Kind != snapshot.File && c.Kind != snapshot.Folder {
				continue
			}
			for _, sub := range subs[p] {
				s.outs = append(s.outs, &placed{Entry: Entry{Path: p, ID: c.ID, Layout: layout}, sub: sub, listing: c.Listing, read: true})
			}
		}
	}
	s.sort()
	return s, nil
}

func (s *side) sort() {
	slices.SortStableFunc(s.outs, func(a, b *placed) int {
		if c := comparePaths(a.Path, b.Path); c != 0 {
			return c
		}
		return comparePaths(a.sub, b.sub)
	})
}

// comparePaths orders paths by their parts, as DVC orders keys.
func comparePaths(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			switch {
			case a[i] == '/':
				return -1
			case b[i] == '/':
				return 1
			}
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

// load reads the listing of a folder, where it is in the cache.
func (s *side) load(ctx context.Context, p *placed) error {
	if p.read || !p.ID.Dir {
		return nil
	}
	p.read = true
	l, err := s.repo.Listing(ctx, p.Layout, p.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	p.listing = l
	return err
}

// entries are an out and, with its files, what lies in it, sorted. unknown says that a
// folder's listing is not to be had.
func (s *side) entries(ctx context.Context, p *placed, files bool) (all []Entry, unknown bool, err error) {
	if p.imported != nil && s.sources != nil && files {
		if err := s.ask(ctx, p); err != nil {
			return nil, false, err
		}
	}
	if p.sub == "" && (!p.Nameless || !p.folder) {
		all = append(all, p.Entry)
	}
	if p.listing == nil && len(p.files) > 0 {
		return append(all, p.below()...), false, nil
	}
	if !p.ID.Dir || !files && p.sub == "" {
		return all, false, nil
	}
	if err := s.load(ctx, p); err != nil || p.listing == nil {
		return all, true, err
	}
	from, to := 0, p.listing.Len()
	if p.sub != "" {
		if i, ok := p.listing.Find([]byte(p.sub)); ok {
			from, to = i, i+1
		} else {
			from, to = p.listing.Below([]byte(p.sub))
		}
	}
	all = slices.Grow(all, to-from)
	var b strings.Builder
	for i := from; i < to; i++ {
		b.Reset()
		b.WriteString(p.Path)
		b.WriteByte('/')
		b.Write(p.listing.Path(i))
		all = append(all, Entry{Path: b.String(), ID: p.listing.ID(i), Layout: p.Layout})
	}
	return all, false, nil
}
