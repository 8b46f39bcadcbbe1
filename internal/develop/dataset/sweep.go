package dataset

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// SweepKind is the job that deletes bytes that were stored and never recorded:
	// the process ended between the two.
	SweepKind = "dataset.sweep"
	// SweepTime bounds one attempt at it.
	SweepTime = time.Hour
	// SweepEvery is how often it is done.
	SweepEvery = 24 * time.Hour

	// unrecorded is how old bytes without a record must be. Those of an upload in
	// parts are as old as its beginning, and one that nothing comes to for a week is
	// given up.
	unrecorded = 8 * 24 * time.Hour
	// someKeys are looked up at once.
	someKeys = 1_000
)

// letGo deletes bytes after they were offered to the records and not taken: they are
// there already, or are refused. Where the store of records failed nobody knows
// whether it took them: then they stay, and the sweep looks.
func (s *Service) letGo(ctx context.Context, key string, isNew bool, err error) error {
	kind := fault.KindOf(err)
	if isNew || err != nil && (kind == fault.Internal || kind == fault.Unavailable) {
		return err
	}
	return errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), key))
}

// WorkSweep deletes the blobs that no record names, as a job, and tells each
// workspace how many those were.
func (s *Service) WorkSweep(ctx context.Context, w jobs.Work) (err error) {
	defer fault.Wrap(&err, "dataset.WorkSweep")
	if err := s.forgetOld(ctx, s.Now()); err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, sweepProfiles)
		return err
	})
	if err != nil {
		return err
	}
	gone, doubtful := map[string]int{}, []string(nil)
	list := blobs.List{Prefix: root, Deep: true, Limit: someKeys}
	for {
		page, err := s.Blobs.List(ctx, list)
		if err != nil {
			return err
		}
		unknown, err := s.unknown(ctx, s.old(page))
		if err != nil {
			return err
		}
		doubtful = append(doubtful, unknown...)
		atEnd := len(page) < list.Limit
		if len(doubtful) >= someKeys || atEnd {
			if err := s.sweep(ctx, doubtful, gone); err != nil {
				return err
			}
			doubtful = nil
		}
		if atEnd {
			break
		}
		list.After = page[len(page)-1].Key
		if err := w.Progress(ctx, int64(total(gone)), 0, "looked up to "+list.After); err != nil {
			return err
		}
	}
	for workspace, n := range gone {
		in := caller.With(ctx, caller.System("dataset", workspace))
		if err := s.DB.Write(in, func(tx *rows.Tx) error { return s.Events.Append(in, tx, blobsCleared(workspace, n)) }); err != nil {
			return err
		}
	}
	return nil
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// old are the keys of what may be swept where no record names it.
func (s *Service) old(page []blobs.Entry) (keys []string) {
	for _, e := range page {
		if s.Now().Sub(e.Modified) > unrecorded {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

// named is where a key says that its record is: of an object, or of a pack.
type named struct {
	workspace, remote string
	layout            object.Layout
	pack              bool
}

// placeOf reads a key as Service.key made it.
func placeOf(key string) (at named, name string, ok bool) {
	rest, ok := strings.CutPrefix(key, root)
	parts := strings.SplitN(rest, "/", 3)
	dot := strings.LastIndexByte(rest, '.')
	if !ok || len(parts) < 3 || dot < len(rest)-len(parts[2]) {
		return named{}, "", false
	}
	at = named{workspace: parts[0], remote: parts[1]}
	path := parts[2][:len(parts[2])-(len(rest)-dot)]
	if path == packPath {
		at.pack = true
		return at, key, true
	}
	at.layout, name, _ = locate(path)
	return at, name, name != ""
}

// unknown are those of the keys that are not where they say. Their records may be
// elsewhere: of a workspace that was moved, of a pack of one object.
func (s *Service) unknown(ctx context.Context, keys []string) (left []string, err error) {
	groups := map[named][]string{}
	for _, key := range keys {
		if at, name, ok := placeOf(key); ok {
			groups[at] = append(groups[at], name)
		}
	}
	found := map[string]bool{}
	r := s.DB.Read()
	for at, names := range groups {
		var blobs []string
		if at.pack {
			blobs, err = rows.Collect(ctx, r, rows.Column[string], selectPacksOf+rows.Listed[string](r.Dialect(), 2), at.workspace, rows.List(r.Dialect(), names))
		} else {
			blobs, err = rows.Collect(ctx, r, rows.Column[string], selectBlobsOf+rows.Listed[string](r.Dialect(), 4), at.workspace, at.remote, int64(at.layout), rows.List(r.Dialect(), names))
		}
		if err != nil {
			return nil, err
		}
		for _, blob := range blobs {
			found[blob] = true
		}
	}
	for _, key := range keys {
		if !found[key] {
			left = append(left, key)
		}
	}
	return left, nil
}

// sweep deletes those of the keys that no record names anywhere, and counts them by
// workspace.
func (s *Service) sweep(ctx context.Context, keys []string, gone map[string]int) error {
	if len(keys) == 0 {
		return nil
	}
	r := s.DB.Read()
	used, err := rows.Collect(ctx, r, rows.Column[string], selectBlobsIn+rows.Listed[string](r.Dialect(), 1), rows.List(r.Dialect(), keys))
	if err != nil {
		return err
	}
	begun, err := rows.Collect(ctx, r, rows.Column[string], selectBegunIn+rows.Listed[string](r.Dialect(), 1), rows.List(r.Dialect(), keys))
	if err != nil {
		return err
	}
	in := make(map[string]bool, len(used))
	for _, blob := range append(used, begun...) {
		in[blob] = true
	}
	for _, key := range keys {
		if in[key] {
			continue
		}
		if err := s.Blobs.Delete(ctx, key); err != nil {
			return err
		}
		if at, _, ok := placeOf(key); ok {
			gone[at.workspace]++
		}
	}
	return nil
}
