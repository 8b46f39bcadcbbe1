package workingcopy

import (
	"context"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// part is the version of a folder of which a part becomes what lies in the working copy;
// the rest stays as it was, wherever its files are.
func (w *change) part(ctx context.Context, a addition, c *snapshot.Content) (version, *snapshot.Content, error) {
	was, err := w.former(ctx, a)
	if err != nil {
		return version{}, nil, err
	}
	rel := a.path[len(a.out.Path)+1:]
	from, to := was.Below([]byte(rel))
	if i, ok := was.Find([]byte(rel)); ok {
		from, to = i, i+1
	}
	if c.Kind == snapshot.Absent && from == to {
		return version{}, nil, fault.New(fault.NotFound, "[Errno 2] No such file or directory: '%s'", w.Repo.Path(a.path))
	}
	b := listing.NewBuilder(was.Len())
	for i := range was.Len() {
		if i >= from && i < to {
			continue
		}
		if err := b.Add(was.Path(i), was.ID(i).Sum); err != nil {
			return version{}, nil, err
		}
	}
	switch c.Kind {
	case snapshot.File:
		err = b.Add([]byte(rel), c.ID.Sum)
	case snapshot.Folder:
		for i := 0; i < c.Listing.Len() && err == nil; i++ {
			err = b.Add(append([]byte(rel+"/"), c.Listing.Path(i)...), c.Listing.ID(i).Sum)
		}
	}
	if err != nil {
		return version{}, nil, err
	}
	l, err := b.Listing()
	if err != nil {
		return version{}, nil, err
	}
	n := int64(l.Len())
	v := version{id: l.Name(), nfiles: &n}
	switch {
	case from == to && a.out.Size != nil && c.Kind != snapshot.Absent: // files were only added
		size := *a.out.Size + c.Size
		v.size = &size
	case a.out.Known && a.out.ID == v.id:
		v.size = a.out.Size
	}
	return v, &snapshot.Content{Kind: snapshot.Folder, ID: v.id, Listing: l}, nil
}

// former is the listing that an out has until now.
func (w *change) former(ctx context.Context, a addition) (*listing.Listing, error) {
	if !a.out.Known {
		return listing.NewBuilder(0).Listing()
	}
	if a.out.Layout == object.Legacy {
		return nil, fault.WithHint(fault.New(fault.Unsupported, "'%s' was added by DVC 2, which hashed files in another way: a part of it cannot be added.", w.shown(a.out.Path)),
			"add all of it: dvc add %s", w.shown(a.out.Path))
	}
	l, err := w.Repo.Listing(ctx, a.out.Layout, a.out.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.WithHint(fault.Because(err, fault.NotFound, "could not read '%s'", a.out.ID), "fetch it: dvc fetch %s", w.shown(a.out.Stage.File))
	}
	return l, err
}
