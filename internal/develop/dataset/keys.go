package dataset

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// other is the layout of paths that are no object's: what runs of stages left, and what
// other programs keep in a bucket. Their bytes are not judged, and they are replaced.
const other object.Layout = 2

// Stored is what lies at a path of a remote.
type Stored struct {
	Path   string
	Size   int64 // bytes
	Pushed time.Time
	ETag   string // of an object its name, else one that changes with the bytes
}

// locate is in which layout a path lies, and under which name.
func locate(path string) (object.Layout, string, error) {
	if id, layout, err := object.ParsePath(path); err == nil {
		return layout, id.String(), nil
	}
	if strings.HasPrefix(path, "files/md5/") {
		_, _, err := object.ParsePath(path)
		return 0, "", err // it would be an object, and is none
	}
	if strings.Contains(path, none) {
		return 0, "", fault.New(fault.Invalid, "The path %.200q has U+10FFFF, which is no character.", path)
	}
	return other, path, blobs.CheckKey(path)
}

// path is where a name of a layout lies.
func path(layout object.Layout, name string) string {
	if layout == other {
		return name
	}
	id, err := object.Parse(name)
	if err != nil {
		return name // no record is of another form
	}
	return id.Path(layout)
}

// Put stores all of r at a path: an object as Push does, anything else in the place of
// what was there.
func (s *Service) Put(ctx context.Context, remote, at string, r io.Reader) (_ Stored, err error) {
	defer fault.Wrap(&err, "dataset.Put(%s, %s)", remote, at)
	if err := CheckName(remote); err != nil {
		return Stored{}, err
	}
	layout, name, err := locate(at)
	if err != nil {
		return Stored{}, err
	}
	if layout != other {
		if _, err := s.Push(ctx, remote, at, r); err != nil {
			return Stored{}, err
		}
		return s.Stat(ctx, remote, at)
	}
	begun, err := readBegin(r)
	if err != nil {
		return Stored{}, brokeOff(ctx, err)
	}
	in, err := s.receive(ctx, remote, at, begun)
	if err != nil {
		return Stored{}, brokeOff(ctx, err)
	}
	return s.replace(ctx, remote, name, in)
}

// replace has bytes be found at a path that is no object's; those that were there go.
func (s *Service) replace(ctx context.Context, remote, name string, in received) (Stored, error) {
	now := s.Now()
	err := s.DB.Write(ctx, func(tx *rows.Tx) error {
		if err := s.ensure(ctx, tx, remote); err != nil {
			return err
		}
		before, err := rows.One(ctx, tx, scanHeld, selectObject, caller.Workspace(ctx), remote, int64(other), name)
		if err == nil && before.blob != in.key { // an upload that is completed twice at once replaces nothing
			err = s.discard(ctx, tx, before.blob)
		}
		if err != nil && !rows.IsNone(err) {
			return err
		}
		_, err = tx.Exec(ctx, upsertOther, caller.Workspace(ctx), remote, int64(other), name, in.size, in.key, now.UnixMicro())
		return err
	})
	err = s.letGo(ctx, in.key, err == nil, err)
	return s.stored(other, held{name: name, size: in.size, blob: in.key, pushed: now}), err
}

func (s *Service) stored(layout object.Layout, h held) Stored {
	tag := h.name
	if layout != object.Current {
		tag = h.blob[strings.LastIndexByte(h.blob, '.')+1:]
	}
	return Stored{Path: path(layout, h.name), Size: h.size, Pushed: h.pushed, ETag: tag}
}

// Stat tells what lies at a path. fault.NotFound.
func (s *Service) Stat(ctx context.Context, remote, at string) (_ Stored, err error) {
	defer fault.Wrap(&err, "dataset.Stat(%s, %s)", remote, at)
	layout, h, err := s.lookUp(ctx, remote, at)
	if err != nil {
		return Stored{}, err
	}
	return s.stored(layout, h), nil
}

func (s *Service) lookUp(ctx context.Context, remote, at string) (object.Layout, held, error) {
	layout, name, err := locate(at)
	if err != nil {
		return 0, held{}, fault.Because(err, fault.NotFound, "There is nothing at %.200s in the remote %s.", at, remote)
	}
	h, err := rows.One(ctx, s.DB.Read(), scanHeld, selectObject, caller.Workspace(ctx), remote, int64(layout), name)
	if rows.IsNone(err) {
		err = fault.New(fault.NotFound, "There is nothing at %.200s in the remote %s.", at, remote)
	}
	h.name = name
	return layout, h, err
}

// Any finds what lies at any path, an object or not.
func (s *Service) Any(ctx context.Context, remote, at string) (_ *Object, _ Stored, err error) {
	defer fault.Wrap(&err, "dataset.Any(%s, %s)", remote, at)
	layout, h, err := s.lookUp(ctx, remote, at)
	if err != nil {
		return nil, Stored{}, err
	}
	return &Object{Size: h.size, Pushed: h.pushed, at: h, store: s.Blobs}, s.stored(layout, h), nil
}

// List gives what lies in a remote at paths that begin with prefix and are not before
// from, in the order of their bytes, at most limit.
func (s *Service) List(ctx context.Context, remote, prefix, from string, limit int) (all []Stored, err error) {
	defer fault.Wrap(&err, "dataset.List(%s)", remote)
	low := max(prefix, from)
	for _, layout := range []object.Layout{object.Current, object.Legacy, other} {
		first, last := bound(layout, low), prefix+none
		if layout != other && prefix != "" {
			last = bound(layout, behind(prefix))
		}
		if first >= last {
			continue
		}
		some, err := rows.Collect(ctx, s.DB.Read(), scanListed, selectListed, caller.Workspace(ctx), remote, int64(layout), first, last, limit)
		if err != nil {
			return nil, err
		}
		for _, h := range some {
			all = append(all, s.stored(layout, h))
		}
	}
	return inOrder(all, limit), nil
}

// Remove takes paths out of a remote and tells how many were there.
func (s *Service) Remove(ctx context.Context, remote string, paths ...string) (n int, err error) {
	defer fault.Wrap(&err, "dataset.Remove(%s)", remote)
	names := map[object.Layout][]string{}
	for _, at := range paths {
		if layout, name, err := locate(at); err == nil { // at what is no path there is nothing
			names[layout] = append(names[layout], name)
		}
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		n = 0
		var size int64
		var gone []string
		for layout, some := range names {
			taken, bytes, blobs, err := s.removeFrom(ctx, tx, remote, layout, some)
			if err != nil {
				return err
			}
			n, size, gone = n+taken, size+bytes, append(gone, blobs...)
		}
		if n == 0 {
			return nil
		}
		if err := s.discard(ctx, tx, gone...); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, objectsRemoved(remote, n, size))
	})
	return n, err
}

// discard has blobs deleted that nothing is found by any more, by a job that begins
// when the transaction is committed.
func (s *Service) discard(ctx context.Context, tx *rows.Tx, gone ...string) error {
	if len(gone) == 0 {
		return nil
	}
	statement := insertTrashSQLite
	if tx.Dialect() == rows.Postgres {
		statement = insertTrashPostgres
	}
	if _, err := tx.Exec(ctx, statement, caller.Workspace(ctx), s.Now().UnixMicro(), rows.List(tx.Dialect(), gone)); err != nil {
		return err
	}
	_, err := s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: ClearKind, Workspace: caller.Workspace(ctx), Unique: "trash"})
	return err
}

// removeFrom takes names of a layout out, and gives the blobs that are not in use then.
func (s *Service) removeFrom(ctx context.Context, tx *rows.Tx, remote string, layout object.Layout, names []string) (n int, bytes int64, gone []string, err error) {
	workspace, list := caller.Workspace(ctx), rows.List(tx.Dialect(), names)
	found, err := rows.Collect(ctx, tx, scanPlace, selectPlaces+rows.Listed[string](tx.Dialect(), 4), workspace, remote, int64(layout), list)
	if err != nil || len(found) == 0 {
		return 0, 0, nil, err
	}
	for _, statement := range []string{deleteObjects, deleteVersions, deleteMembers, deletePlaces} {
		if _, err := tx.Exec(ctx, statement+rows.Listed[string](tx.Dialect(), 4), workspace, remote, int64(layout), list); err != nil {
			return 0, 0, nil, err
		}
	}
	if _, err := tx.Exec(ctx, deleteProfiles+rows.Listed[string](tx.Dialect(), 3), workspace, int64(layout), list); err != nil {
		return 0, 0, nil, err
	}
	for _, h := range found {
		n, bytes = n+1, bytes+h.size
		left, err := rows.One(ctx, tx, rows.Column[int64], takeFromPack, workspace, h.blob)
		switch {
		case rows.IsNone(err): // it was alone in its blob
			gone = append(gone, h.blob)
		case err != nil:
			return 0, 0, nil, err
		case left <= 0:
			gone = append(gone, h.blob)
			if _, err := tx.Exec(ctx, deletePack, workspace, h.blob); err != nil {
				return 0, 0, nil, err
			}
		}
	}
	return n, bytes, gone, nil
}
