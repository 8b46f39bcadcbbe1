package dataset

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pack"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// packPath is what keys of packs say in place of an object's path.
const packPath = "packs/pack"

// PushPack stores the files of a pack and tells how many there were: all of them are
// durable, or nothing is stored. They rest in one blob, which costs one sync for
// thousands of files. A listing has no place in a pack: fault.Invalid, as for bytes
// that do not hash to their name.
func (s *Service) PushPack(ctx context.Context, remote string, r io.Reader) (n int, err error) {
	defer fault.Wrap(&err, "dataset.PushPack(%s)", remote)
	if err := CheckName(remote); err != nil {
		return 0, err
	}
	key, err := s.key(ctx, remote, packPath)
	if err != nil {
		return 0, err
	}
	from := &unpacking{in: pack.NewReader(r)}
	if _, err := s.Blobs.Put(ctx, key, from, blobs.Unknown); err != nil || from.err != nil {
		return 0, brokeOff(ctx, errors.Join(from.err, err))
	}
	n = len(from.all)
	stored := int64(0)
	if n > 0 {
		slices.SortFunc(from.all, func(a, b fresh) int { return cmp.Compare(a.name, b.name) })
		stored, err = s.record(ctx, remote, object.Current, key, from.all)
	}
	return n, s.letGo(ctx, key, stored > 0, err)
}

// unpacking reads the bytes of a pack's objects, one behind the other, and notes
// where each begins.
type unpacking struct {
	in   *pack.Reader
	all  []fresh
	rest []byte
	end  int64
	err  error
}

// Read reads on.
func (u *unpacking) Read(b []byte) (int, error) {
	for len(u.rest) == 0 && u.err == nil {
		id, content, err := u.in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return 0, io.EOF
		case err == nil && id.Dir:
			err = fault.New(fault.Invalid, "The pack has the listing %s: it is pushed alone, behind its files.", id)
		case err != nil && fault.KindOf(err) == fault.Internal:
			err = fault.Because(err, fault.Invalid, "The pack was cut off.")
		}
		if u.err = err; err == nil {
			u.all = append(u.all, fresh{id.String(), int64(len(content)), u.end})
			u.rest, u.end = content, u.end+int64(len(content))
		}
	}
	if u.err != nil {
		return 0, u.err
	}
	n := copy(b, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// SendPack writes a pack of those of the objects that are in a remote and fit, of
// which each is asked for once; who asks sees which did not come.
func (s *Service) SendPack(ctx context.Context, remote string, ids []object.ID, w io.Writer) (err error) {
	defer fault.Wrap(&err, "dataset.SendPack(%s)", remote)
	if err := CheckName(remote); err != nil {
		return err
	}
	names := make([]string, 0, min(len(ids), pack.MaxObjects))
	for _, id := range ids[:cap(names)] {
		names = append(names, id.String())
	}
	r := s.DB.Read()
	found, err := rows.Collect(ctx, r, scanPlace, selectPlaces+rows.Listed[string](r.Dialect(), 4)+inOrderOfPlaces,
		caller.Workspace(ctx), remote, int64(object.Current), rows.List(r.Dialect(), names))
	if err != nil {
		return err
	}
	out := pack.NewWriter(w)
	var total int64
	found = slices.DeleteFunc(found, func(h held) bool {
		if h.size > pack.MaxObject || total+h.size > pack.MaxBytes {
			return true
		}
		total += h.size
		return false
	})
	for len(found) > 0 {
		n := stretch(found)
		if err := s.send(ctx, out, found[:n]); err != nil {
			return err
		}
		found = found[n:]
	}
	return out.Close()
}

// maxGap is how many bytes of a blob are read and thrown away rather than opening it
// anew behind them.
const maxGap = 64 << 10

// stretch is how many of the objects, in the order of their places, are read of one
// blob without leaving off.
func stretch(found []held) int {
	n := 1
	for n < len(found) && found[n].blob == found[0].blob && found[n].place-(found[n-1].place+found[n-1].size) <= maxGap {
		n++
	}
	return n
}

// send writes objects that lie one behind the other in a blob.
func (s *Service) send(ctx context.Context, out *pack.Writer, found []held) (err error) {
	at, last := found[0].place, found[len(found)-1]
	in := bufio.NewReader(nil)
	if length := last.place + last.size - at; length > 0 {
		r, _, err := s.Blobs.Get(ctx, found[0].blob, blobs.Range{Offset: at, Length: length})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.Close()) }()
		in = bufio.NewReaderSize(r, 256<<10)
	}
	for _, h := range found {
		id, err := object.Parse(h.name)
		if err != nil {
			return err
		}
		if gap := h.place - at; gap > 0 && h.size > 0 {
			if _, err := in.Discard(int(gap)); err != nil {
				return err
			}
			at = h.place
		}
		if err := out.Copy(id, in, h.size); err != nil {
			return err
		}
		if h.size > 0 {
			at += h.size
		}
	}
	return nil
}
