package remote

import (
	"bytes"
	"context"
	"io"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Placed is where an object lies in a remote whose files have names of their own: a
// version of a file, or a listing, which is in no such remote and is known by its text.
type Placed struct {
	Path, Version string
	Listing       []byte
}

// kept is a remote that keeps versions (version_aware, worktree).
type kept struct {
	files.Versions
	option string // by which it is one
}

// keeps says which of its options makes a remote one that keeps versions, and refuses a
// place that keeps none.
func (r *Remote) keeps(option string) error {
	place, ok := r.place.(files.Versions)
	if !ok {
		return fault.New(fault.Unsupported, "The remote '%s' is %s, and its address keeps no versions: buckets of S3 and Google and containers of Azure do.", r.name, option)
	}
	r.versions = &kept{place, option}
	return nil
}

// Keeps says whether the remote keeps versions of files under names of their own.
func (r *Remote) Keeps() bool { return r.versions != nil }

// Know tells where objects lie in a remote that keeps versions: the .dvc files say it,
// and nothing in the remote does.
func (s *Side) Know(placed map[object.ID]Placed) { s.placed = placed }

// openKept opens an object where it lies.
func (s *Side) openKept(ctx context.Context, id object.ID) (io.ReadCloser, int64, error) {
	at, ok := s.placed[id]
	switch {
	case !ok:
		return nil, 0, fault.New(fault.NotFound, "The object %s was never pushed to the remote %s.", id, s.name)
	case at.Listing != nil:
		return io.NopCloser(bytes.NewReader(at.Listing)), int64(len(at.Listing)), nil
	}
	r, info, err := s.versions.OpenVersion(ctx, at.Path, at.Version, 0)
	if fault.Is(err, fault.NotFound) {
		err = fault.Because(err, fault.NotFound, "The version %s of '%s' is not in the remote %s any more.", at.Version, at.Path, s.name)
	}
	return r, info.Size, err
}

// missingKept asks for every version. A listing is there when somebody knows its text.
func (s *Side) missingKept(ctx context.Context, ids []object.ID) ([]object.ID, error) {
	there := make([]bool, len(ids))
	err := each(ctx, len(ids), func(ctx context.Context, i int) error {
		at, ok := s.placed[ids[i]]
		if !ok || at.Listing != nil {
			there[i] = ok
			return nil
		}
		_, err := s.versions.StatVersion(ctx, at.Path, at.Version)
		if there[i] = err == nil; fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	n := 0
	return without(ids, func(object.ID) bool { n++; return there[n-1] }), err
}

// refuse says what tacit does not do with a remote that keeps versions.
func (s *Side) refuse(what string) error {
	return fault.WithHint(fault.New(fault.Unsupported, "The remote '%s' is %s: its files lie under names of their own, and tacit reads them and does not %s them.", s.name, s.versions.option, what), "use dvc for that")
}
