// Package snapshot sees what lies in a working copy at the places of data: the object
// that each file is, the listing that each folder is, and how much that is.
//
// It reads what it must and keeps the sums of what it read (package worktree), so that
// nothing is read twice. With a cache it stores what it reads. It changes no file of the
// working copy but where links are shared, and nothing of git's or DVC's.
package snapshot

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/staging"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Config is where and how is looked.
type Config struct {
	Root string // that paths are relative to
	// Walk gives the files of a folder, with their paths from the root.
	Walk    func(ctx context.Context, folder string) ([]worktree.File, error)
	Ignores func(path string, folder bool) (bool, error) // what is as if it were not there
	Sums    *worktree.Sums
	Hashing object.Hashing
	Cache   *cache.Cache // where bytes go; nil to hash alone
	Link    link.Type
	Now     func() time.Time
}

// Kind is what lies at a place.
type Kind uint8

// The kinds.
const (
	Absent Kind = iota
	File
	Folder
	Other // a device, a pipe, a socket, a link that leads nowhere
)

// Content is what lies at a place.
type Content struct {
	Kind    Kind
	ID      object.ID
	Listing *listing.Listing // of a folder
	Size    int64            // bytes, of all files
	Exec    bool             // of a file: somebody may execute it
	Files   []worktree.File  // of which the content is made, in the order of a walk: of See alone
	Trace   Trace            // of those files, as they were left: of Take with a cache alone
}

// Snapshot is what was seen.
type Snapshot struct {
	Contents []Content // in the order of the places that were asked for
	// Sums is what is known of files now, and Fresh whether that is more than was.
	Sums  *worktree.Sums
	Fresh bool
}

// Take looks at places, which are paths of outs, none within another. With a cache, all
// objects but the listings are in it then, and durable once it was synced.
func (c Config) Take(ctx context.Context, places []string) (*Snapshot, error) {
	s := &Snapshot{Contents: make([]Content, len(places)), Sums: c.Sums}
	order := make([]int, len(places))
	for i, p := range places {
		order[i] = i
		if err := c.look(ctx, p, &s.Contents[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(places[i], places[j]) })
	entries, err := staging.Config{Root: c.Root, Sums: c.Sums, Cache: c.Cache, Link: c.Link, Now: c.Now, Hashing: c.Hashing}.Stage(ctx, s.files(order))
	if err != nil {
		return nil, err
	}
	for i, p := range places {
		if err := s.Contents[i].fill(p, entries, c.Cache != nil); err != nil {
			return nil, err
		}
	}
	s.keep(c.Sums, places, entries)
	return s, nil
}

// files are those of all places, sorted. They are not kept: there may be a million.
func (s *Snapshot) files(order []int) (all []worktree.File) {
	for _, i := range order {
		if len(all) == 0 {
			all = s.Contents[i].Files
		} else {
			all = append(all, s.Contents[i].Files...)
		}
		s.Contents[i].Files = nil
	}
	if !slices.IsSortedFunc(all, byPath) {
		slices.SortFunc(all, byPath)
	}
	return all
}

// See finds out what lies at a place, without its sums.
func (c Config) See(ctx context.Context, place string) (*Content, error) {
	content := &Content{}
	return content, c.look(ctx, place, content)
}

func byPath(a, b worktree.File) int { return strings.Compare(a.Path, b.Path) }

// look finds out what lies at a place.
func (c Config) look(ctx context.Context, p string, content *Content) error {
	full := path.Join(c.Root, p)
	info, err := os.Lstat(full)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		var target os.FileInfo
		if target, err = os.Stat(full); errors.Is(err, fs.ErrNotExist) {
			content.Kind = Other
			return nil
		} else if err == nil && target.IsDir() {
			info = target
		}
	}
	if errors.Is(err, fs.ErrNotExist) || err != nil && strings.Contains(err.Error(), "not a directory") {
		return nil
	}
	if err != nil {
		return fault.Because(err, fault.Unavailable, "'%s' cannot be looked at.", p)
	}
	if ignored, err := c.Ignores(p, info.IsDir()); err != nil || ignored {
		return err
	}
	if info.IsDir() {
		content.Kind = Folder
		content.Files, err = c.Walk(ctx, p)
		return err
	}
	stat, err := worktree.StatOf(full)
	if err != nil {
		return err
	}
	kind := worktree.Regular
	if info.Mode()&fs.ModeSymlink != 0 {
		kind = worktree.Linked
	}
	if !stat.Mode.IsRegular() {
		content.Kind = Other
		return nil
	}
	content.Kind, content.Exec = File, stat.Mode&0o111 != 0
	content.Files = []worktree.File{{Path: p, Stat: stat, Kind: kind}}
	return nil
}

// fill takes what belongs to a place out of all that was hashed.
func (content *Content) fill(p string, entries []staging.Entry, trace bool) error {
	var own []staging.Entry
	switch content.Kind {
	case File:
		i := find(entries, p)
		own = entries[i : i+1]
		content.ID, content.Size = own[0].ID(), own[0].Size
	case Folder:
		folder := p + "/"
		from := find(entries, folder)
		to := from
		for to < len(entries) && strings.HasPrefix(entries[to].Path, folder) {
			to++
		}
		own = entries[from:to]
		b := listing.NewBuilder(len(own))
		var path []byte
		for i := range own {
			e := &own[i]
			path = append(path[:0], e.Path[len(folder):]...)
			if err := b.Add(path, e.Sum); err != nil {
				return err
			}
			content.Size += e.Size
		}
		var err error
		if content.Listing, err = b.Listing(); err != nil {
			return err
		}
		content.ID = content.Listing.Name()
	}
	if trace {
		content.Trace = traceOf(own)
	}
	return nil
}

// find is where a path is, or would be.
func find(entries []staging.Entry, p string) int {
	i, _ := slices.BinarySearchFunc(entries, p, func(e staging.Entry, p string) int { return strings.Compare(e.Path, p) })
	return i
}

// keep notes the sums of files that were at rest.
func (s *Snapshot) keep(former *worktree.Sums, places []string, entries []staging.Entry) {
	if former == nil {
		former = &worktree.Sums{}
	}
	s.Sums = former
	rest := 0
	for i := range entries {
		if entries[i].Rest {
			rest++
			s.Fresh = s.Fresh || !entries[i].Kept
		}
	}
	if !s.Fresh {
		return
	}
	records := make([]worktree.Record, 0, rest)
	for i := range entries {
		if e := &entries[i]; e.Rest {
			records = append(records, worktree.Record{Path: e.Path, Stat: e.Stat, Sum: e.Sum})
		}
	}
	s.Sums = former.With(places, records)
}
