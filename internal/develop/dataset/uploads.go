package dataset

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// CreateUpload begins an upload in parts to a path.
func (s *Service) CreateUpload(ctx context.Context, remote, at string) (_ string, err error) {
	defer fault.Wrap(&err, "dataset.CreateUpload(%s, %s)", remote, at)
	if err := CheckName(remote); err != nil {
		return "", err
	}
	if _, _, err := locate(at); err != nil {
		return "", err
	}
	key, err := s.key(ctx, remote, at)
	if err != nil {
		return "", err
	}
	upload, err := s.Blobs.CreateUpload(ctx, key)
	return base64.RawURLEncoding.EncodeToString([]byte(key + "\n" + upload)), err
}

// upload is what an upload's name says: the key of its bytes, which is one of the path
// that it began for, and the store's own name. fault.NotFound for any other.
func (s *Service) upload(ctx context.Context, remote, at, name string) (key, own string, err error) {
	text, err := base64.RawURLEncoding.DecodeString(name)
	key, own, ok := strings.Cut(string(text), "\n")
	like, wrong := s.key(ctx, remote, at)
	if wrong != nil {
		return "", "", wrong
	}
	cut := strings.LastIndexByte(like, '.') + 1
	if err != nil || !ok || len(key) != len(like) || key[:cut] != like[:cut] {
		return "", "", blobs.NoUpload(name)
	}
	return key, own, nil
}

// PutPart stores one part of an upload, from 1 on.
func (s *Service) PutPart(ctx context.Context, remote, at, upload string, number int, r io.Reader, size int64) (_ blobs.Part, err error) {
	defer fault.Wrap(&err, "dataset.PutPart(%s, %s)", remote, at)
	key, own, err := s.upload(ctx, remote, at, upload)
	if err != nil {
		return blobs.Part{}, err
	}
	p, err := s.Blobs.PutPart(ctx, key, own, number, r, size)
	return p, brokeOff(ctx, err)
}

// AbortUpload forgets an upload.
func (s *Service) AbortUpload(ctx context.Context, remote, at, upload string) (err error) {
	defer fault.Wrap(&err, "dataset.AbortUpload(%s, %s)", remote, at)
	key, own, err := s.upload(ctx, remote, at, upload)
	if err != nil {
		return err
	}
	return s.Blobs.AbortUpload(ctx, key, own)
}

// CompleteUpload has the parts be found at the path, as Put does: an object only where
// all of it hashes to its name. Once more it gives the same answer, as long as the path
// has these bytes.
func (s *Service) CompleteUpload(ctx context.Context, remote, at, upload string, parts []blobs.Part) (_ Stored, err error) {
	defer fault.Wrap(&err, "dataset.CompleteUpload(%s, %s)", remote, at)
	key, own, err := s.upload(ctx, remote, at, upload)
	if err != nil {
		return Stored{}, err
	}
	info, err := s.Blobs.CompleteUpload(ctx, key, own, parts)
	if err != nil {
		return Stored{}, err
	}
	layout, name, err := locate(at)
	if err != nil {
		return Stored{}, err
	}
	if there, err := s.completed(ctx, remote, layout, name, key); err != nil || there {
		return s.found(ctx, remote, at, err)
	}
	in := received{key: key, size: info.Size}
	if layout == other {
		return s.replace(ctx, remote, name, in)
	}
	isNew := false
	if err = s.judge(ctx, layout, name, in); err == nil {
		isNew, err = s.admit(ctx, remote, layout, name, in)
	}
	if !isNew { // the same call beside this one may have been quicker: then the bytes are its own
		there, wrong := s.completed(ctx, remote, layout, name, key)
		if isNew = there; wrong != nil {
			return Stored{}, errors.Join(err, wrong)
		}
	}
	return s.found(ctx, remote, at, s.letGo(ctx, key, isNew, err))
}

// found is what lies at a path, unless something went wrong before.
func (s *Service) found(ctx context.Context, remote, at string, err error) (Stored, error) {
	if err != nil {
		return Stored{}, err
	}
	return s.Stat(ctx, remote, at)
}

// completed says whether the bytes of an upload are found at its path: it was completed
// before, and who missed the answer asks again. Bytes that were found there and are no
// more are about to be deleted, and found by nothing again: there is no such upload then.
func (s *Service) completed(ctx context.Context, remote string, layout object.Layout, name, key string) (bool, error) {
	r := s.DB.Read()
	h, err := rows.One(ctx, r, scanHeld, selectObject, caller.Workspace(ctx), remote, int64(layout), name)
	if err == nil && h.blob == key {
		return true, nil
	}
	if err != nil && !rows.IsNone(err) {
		return false, err
	}
	n, err := rows.One(ctx, r, rows.Column[int64], countTrash, caller.Workspace(ctx), key)
	if err == nil && n > 0 {
		err = blobs.NoUpload(key)
	}
	return false, err
}

// judge reads what was received, and refuses it where it is not the object.
func (s *Service) judge(ctx context.Context, layout object.Layout, name string, in received) error {
	id, err := object.Parse(name)
	if err != nil {
		return err
	}
	r, _, err := s.Blobs.Get(ctx, in.key, blobs.Range{})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, newProof(r, id, layout))
	return errors.Join(err, r.Close())
}

// admit has an object be found that was judged.
func (s *Service) admit(ctx context.Context, remote string, layout object.Layout, name string, in received) (isNew bool, err error) {
	id, err := object.Parse(name)
	if err != nil {
		return false, err
	}
	if id.Dir {
		return s.publish(ctx, remote, layout, id, in)
	}
	n, err := s.record(ctx, remote, layout, in.key, []fresh{{name: name, size: in.size}})
	return n > 0, err
}
