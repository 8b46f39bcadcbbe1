package artifact

import (
	"context"
	"io"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// CreateUpload begins an upload in parts to p.
func (s *Service) CreateUpload(ctx context.Context, p string) (_ string, err error) {
	defer fault.Wrap(&err, "artifact.CreateUpload(%s)", p)
	if p, err = Clean(p); err != nil {
		return "", err
	}
	upload, err := s.Blobs.CreateUpload(ctx, space(ctx)+p)
	return upload, inTheWay(p, err)
}

// PutPart stores one part, replacing the part of the same number. Numbers are
// from 1.
func (s *Service) PutPart(ctx context.Context, p, upload string, number int, r io.Reader, size int64) (_ blobs.Part, err error) {
	defer fault.Wrap(&err, "artifact.PutPart(%s, %d)", p, number)
	if p, err = Clean(p); err != nil {
		return blobs.Part{}, err
	}
	incoming := &source{Reader: r}
	part, err := s.Blobs.PutPart(ctx, space(ctx)+p, upload, number, incoming, size)
	if err != nil {
		return part, incoming.blame(err)
	}
	return part, nil
}

// CompleteUpload makes the parts, in order of number, the file p.
// fault.NotFound for an unknown upload, fault.Invalid for parts that are not
// there.
func (s *Service) CompleteUpload(ctx context.Context, p, upload string, parts []blobs.Part) (_ File, err error) {
	defer fault.Wrap(&err, "artifact.CompleteUpload(%s)", p)
	if p, err = Clean(p); err != nil {
		return File{}, err
	}
	ctx = context.WithoutCancel(ctx)
	info, err := s.Blobs.CompleteUpload(ctx, space(ctx)+p, upload, parts)
	if err != nil {
		return File{}, inTheWay(p, err)
	}
	f := File{Path: p, Size: info.Size, ETag: info.ETag}
	return f, s.stored(ctx, f)
}

// AbortUpload forgets an upload; an unknown one is no error.
func (s *Service) AbortUpload(ctx context.Context, p, upload string) (err error) {
	defer fault.Wrap(&err, "artifact.AbortUpload(%s)", p)
	if p, err = Clean(p); err != nil {
		return err
	}
	return s.Blobs.AbortUpload(ctx, space(ctx)+p, upload)
}
