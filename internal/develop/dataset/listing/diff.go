package listing

import (
	"bytes"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// Change is a file that is new, gone or another. Of one that is new Old is the
// zero ID, of one that is gone New is.
type Change struct {
	Path     []byte
	Old, New object.ID
}

// Renaming is a file that is gone at one place and new at another.
type Renaming struct {
	From, To []byte
	ID       object.ID
}

// Difference is what makes one version another, in the order of the paths.
type Difference struct {
	Added, Deleted, Modified []Change
	Renamed                  []Renaming
}

// Diff compares two listings. A file that moved is deleted and added; FindRenamed
// makes one renaming of it.
func Diff(from, to *Listing) *Difference {
	d := &Difference{}
	walk([]*Listing{from, to}, func(path []byte, at []int) {
		switch i, j := at[0], at[1]; {
		case i < 0:
			d.Added = append(d.Added, Change{Path: path, New: to.ID(j)})
		case j < 0:
			d.Deleted = append(d.Deleted, Change{Path: path, Old: from.ID(i)})
		case from.at[i].sum != to.at[j].sum:
			d.Modified = append(d.Modified, Change{Path: path, Old: from.ID(i), New: to.ID(j)})
		}
	})
	return d
}

// walk calls each for every path of the listings in order, with its entry in
// each of them, or -1.
func walk(all []*Listing, each func(path []byte, at []int)) {
	plain := !slices.ContainsFunc(all, func(l *Listing) bool { return !l.plain })
	next, at := make([]int, len(all)), make([]int, len(all))
	for {
		var path []byte
		for k, l := range all {
			if next[k] < l.Len() && (path == nil || compare(l.Path(next[k]), path, plain) < 0) {
				path = l.Path(next[k])
			}
		}
		if path == nil {
			return
		}
		for k, l := range all {
			at[k] = -1
			if next[k] < l.Len() && bytes.Equal(l.Path(next[k]), path) {
				at[k] = next[k]
				next[k]++
			}
		}
		each(path, at)
	}
}

// FindRenamed pairs what was deleted with what was added under the same hash, as
// dvc diff does: the first that was deleted with the first that was added, by
// the parts of their paths. The differences of several listings may be joined
// before, so that a file is found which moved from one to another.
func (d *Difference) FindRenamed() {
	slices.SortStableFunc(d.Added, byParts)
	slices.SortStableFunc(d.Deleted, byParts)
	gone := map[object.ID][]int{}
	for i, c := range d.Deleted {
		gone[c.Old] = append(gone[c.Old], i)
	}
	paired := make([]bool, len(d.Deleted))
	added := d.Added[:0]
	for _, c := range d.Added {
		queue := gone[c.New]
		if len(queue) == 0 {
			added = append(added, c)
			continue
		}
		gone[c.New] = queue[1:]
		paired[queue[0]] = true
		d.Renamed = append(d.Renamed, Renaming{From: d.Deleted[queue[0]].Path, To: c.Path, ID: c.New})
	}
	d.Added = added
	deleted := d.Deleted[:0]
	for i, c := range d.Deleted {
		if !paired[i] {
			deleted = append(deleted, c)
		}
	}
	d.Deleted = deleted
}

// byParts orders as Python orders tuples of the paths' parts: a folder's files
// come before a name that goes on behind the folder's.
func byParts(x, y Change) int {
	a, b := x.Path, y.Path
	for {
		p, restA, moreA := bytes.Cut(a, []byte{'/'})
		q, restB, moreB := bytes.Cut(b, []byte{'/'})
		if c := pyjson.CompareStrings(p, q); c != 0 {
			return c
		}
		if !moreA || !moreB {
			switch {
			case moreB:
				return -1
			case moreA:
				return 1
			}
			return 0
		}
		a, b = restA, restB
	}
}
