package dataset

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// MaxListing is the largest listing that is taken, in bytes: of some three million
// files.
const MaxListing = 256 << 20

// atOnce is how many names a statement is asked with.
const atOnce = 10_000

// publish has a listing be found, with the version that it closes, when all its
// files are there.
func (s *Service) publish(ctx context.Context, remote string, layout object.Layout, id object.ID, in received) (isNew bool, err error) {
	l, err := s.parse(ctx, layout, in)
	if err != nil {
		return false, err
	}
	names := make([]string, l.Len())
	for i := range names {
		names[i] = l.ID(i).String()
	}
	slices.Sort(names)
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		isNew = false // the transaction may be another try
		bytes, err := s.complete(ctx, tx, remote, layout, id, names)
		if err != nil {
			return err
		}
		if isNew, err = s.recordListing(ctx, tx, remote, layout, id, in); err != nil || !isNew {
			return err
		}
		if err := s.each(names, func(some []string) error { return s.listed(ctx, tx, remote, layout, some) }); err != nil {
			return err
		}
		return s.announce(ctx, tx, remote, Version{ID: id, Layout: layout, Files: int64(len(names)), Bytes: bytes})
	})
	return isNew && err == nil, err
}

// recordListing has a listing be found that is complete.
func (s *Service) recordListing(ctx context.Context, tx *rows.Tx, remote string, layout object.Layout, id object.ID, in received) (bool, error) {
	if err := s.ensure(ctx, tx, remote); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, insertListing, caller.Workspace(ctx), remote, int64(layout), id.String(), in.size, in.key, s.Now().UnixMicro())
	return n > 0, err
}

// announce keeps and tells a version that was not known in the remote.
func (s *Service) announce(ctx context.Context, tx *rows.Tx, remote string, v Version) error {
	workspace, now := caller.Workspace(ctx), s.Now().UnixMicro()
	n, err := tx.Exec(ctx, insertVersion, workspace, remote, int64(v.Layout), v.ID.String(), v.Files, v.Bytes, now, caller.From(ctx).Actor.String())
	if err != nil || n == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, insertMember, workspace, remote, "", int64(v.Layout), v.ID.String(), now); err != nil {
		return err
	}
	if err := s.Events.Append(ctx, tx, versionPushed(remote, v)); err != nil || s.Files.Lake == nil {
		return err
	}
	_, err = s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: ProfileKind, Workspace: caller.DefaultWorkspace, Unique: "due"})
	return err
}

// parse reads a listing that was received.
func (s *Service) parse(ctx context.Context, layout object.Layout, in received) (_ *listing.Listing, err error) {
	if in.small != nil {
		return listing.Parse(bytes.NewReader(in.small), MaxListing, layout)
	}
	r, _, err := s.Blobs.Get(ctx, in.key, blobs.Range{})
	if err != nil {
		return nil, err
	}
	l, err := listing.Parse(r, MaxListing, layout)
	return l, errors.Join(err, r.Close())
}

// complete gives the size of all files of a listing, by their names in order, one of
// which may come more than once: fault.Conflict where some are not there.
func (s *Service) complete(ctx context.Context, r rows.Reader, remote string, layout object.Layout, id object.ID, names []string) (bytes int64, err error) {
	lacks, first := 0, ""
	err = s.each(names, func(some []string) error {
		there, err := rows.Collect(ctx, r, scanSize, selectSizes+rows.Listed[string](r.Dialect(), 4),
			caller.Workspace(ctx), remote, int64(layout), rows.List(r.Dialect(), slices.Compact(slices.Clone(some))))
		if err != nil {
			return err
		}
		sizes := make(map[string]int64, len(there))
		for _, h := range there {
			sizes[h.name] = h.size
		}
		for i, name := range some {
			size, ok := sizes[name]
			if bytes += size; ok || i > 0 && some[i-1] == name {
				continue
			}
			if lacks++; lacks == 1 {
				first = name
			}
		}
		return nil
	})
	if err != nil || lacks == 0 {
		return bytes, err
	}
	return 0, fault.WithHint(fault.New(fault.Conflict, "The listing %s is refused: %d of its files are not in the remote %s, %s for one.", id, lacks, remote, first),
		"push the whole folder, not a part of it: a listing in a remote says that all its files are there")
}

// each gives names in parts that a statement takes; equal ones stay together.
func (s *Service) each(names []string, do func([]string) error) error {
	for len(names) > 0 {
		n := min(atOnce, len(names))
		for n < len(names) && names[n] == names[n-1] {
			n++
		}
		if err := do(names[:n]); err != nil {
			return err
		}
		names = names[n:]
	}
	return nil
}

// Lacks gives those of the objects that are not in a remote, in their order; of a
// remote that is not there, all.
func (s *Service) Lacks(ctx context.Context, remote string, ids []object.ID) (lacks []object.ID, err error) {
	defer fault.Wrap(&err, "dataset.Lacks(%s)", remote)
	if err := CheckName(remote); err != nil {
		return nil, err
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	there := make(map[string]bool, len(ids))
	r := s.DB.Read()
	err = s.each(slices.Compact(sorted), func(some []string) error {
		found, err := rows.Collect(ctx, r, scanSize, selectSizes+rows.Listed[string](r.Dialect(), 4), caller.Workspace(ctx), remote, int64(object.Current), rows.List(r.Dialect(), some))
		for _, h := range found {
			there[h.name] = true
		}
		return err
	})
	for i, name := range names {
		if !there[name] {
			lacks = append(lacks, ids[i])
		}
	}
	return lacks, err
}
