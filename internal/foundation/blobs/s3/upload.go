package s3

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// CreateUpload begins an upload in parts.
func (s *Store) CreateUpload(ctx context.Context, key string) (_ string, err error) {
	defer fault.Wrap(&err, "s3.CreateUpload")
	if err := blobs.CheckKey(key); err != nil {
		return "", err
	}
	upload, err := s.core.NewMultipartUpload(ctx, s.bucket, s.prefix+key, minio.PutObjectOptions{})
	return upload, s.explain(key, err)
}

// PutPart stores one part. The length must be known: S3 wants it first.
func (s *Store) PutPart(ctx context.Context, key, upload string, number int, r io.Reader, size int64) (_ blobs.Part, err error) {
	defer fault.Wrap(&err, "s3.PutPart(%d)", number)
	if err := blobs.CheckKey(key); err != nil {
		return blobs.Part{}, err
	}
	if size < 0 {
		return blobs.Part{}, fault.New(fault.Invalid, "A part must come with its length.")
	}
	if number < 1 || number > 10_000 {
		return blobs.Part{}, fault.New(fault.Invalid, "Part %d is not between 1 and 10000.", number)
	}
	counted := &counter{r: r, left: size, bounded: true}
	if size == 0 && counted.more() { // no reader is asked for no bytes
		return blobs.Part{}, blobs.WrongSize(key, 0, 1)
	}
	part, err := s.core.PutObjectPart(ctx, s.bucket, s.prefix+key, upload, number, counted, size, minio.PutObjectPartOptions{})
	if wrong, got := counted.wrong(size); wrong {
		return blobs.Part{}, blobs.WrongSize(key, size, got)
	}
	if err != nil {
		return blobs.Part{}, s.explain(key, err)
	}
	return blobs.Part{Number: number, ETag: part.ETag}, nil
}

// CompleteUpload makes the parts the bytes of key. Calls for one upload take turns, so
// that all have one answer: a server that is busy with it may know neither the upload nor
// the bytes.
func (s *Store) CompleteUpload(ctx context.Context, key, upload string, parts []blobs.Part) (_ blobs.Info, err error) {
	defer fault.Wrap(&err, "s3.CompleteUpload")
	if err := blobs.CheckKey(key); err != nil {
		return blobs.Info{}, err
	}
	if len(parts) == 0 {
		return blobs.Info{}, fault.New(fault.Invalid, "An upload is completed with at least one part.")
	}
	all := make([]minio.CompletePart, len(parts))
	for i, p := range parts {
		if i > 0 && p.Number <= parts[i-1].Number {
			return blobs.Info{}, fault.New(fault.Invalid, "The parts must be named in rising order; %d comes after %d.", p.Number, parts[i-1].Number)
		}
		all[i] = minio.CompletePart{PartNumber: p.Number, ETag: p.ETag}
	}
	end, err := s.completing.Take(ctx, upload)
	if err != nil {
		return blobs.Info{}, err
	}
	defer end()
	if _, err := s.core.CompleteMultipartUpload(ctx, s.bucket, s.prefix+key, upload, all, minio.PutObjectOptions{}); err != nil {
		return s.again(ctx, key, parts, s.explain(key, err))
	}
	return s.Stat(ctx, key)
}

// again is what stands under key when it was made of these parts, else err. A
// server that has completed an upload may know it no more; the bytes that came of
// it have the tag of these parts.
func (s *Store) again(ctx context.Context, key string, parts []blobs.Part, err error) (blobs.Info, error) {
	made := joinedTag(parts)
	if !fault.Is(err, fault.NotFound) || made == "" {
		return blobs.Info{}, err
	}
	info, statErr := s.Stat(ctx, key)
	if statErr != nil || strings.Trim(info.ETag, `"`) != made {
		return blobs.Info{}, err
	}
	return info, nil
}

// joinedTag is the tag of what parts were joined to: the MD5 of theirs, and how
// many they are. "" for tags that are no MD5, as those of bytes that the server
// encrypts with a key of its own.
func joinedTag(parts []blobs.Part) string {
	sums := md5.New() // as the protocol has it, not for safety
	for _, p := range parts {
		sum, err := hex.DecodeString(strings.Trim(p.ETag, `"`))
		if err != nil || len(sum) != md5.Size {
			return ""
		}
		sums.Write(sum)
	}
	return fmt.Sprintf("%x-%d", sums.Sum(nil), len(parts))
}

// AbortUpload forgets an upload.
func (s *Store) AbortUpload(ctx context.Context, key, upload string) (err error) {
	defer fault.Wrap(&err, "s3.AbortUpload")
	if err := blobs.CheckKey(key); err != nil {
		return err
	}
	err = s.explain(key, s.core.AbortMultipartUpload(ctx, s.bucket, s.prefix+key, upload))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Sweep aborts uploads that began before olderThan. Those below the prefix are
// all the store's own.
func (s *Store) Sweep(ctx context.Context, olderThan time.Time) (n int, err error) {
	defer fault.Wrap(&err, "s3.Sweep")
	key, upload := "", ""
	for {
		page, err := s.core.ListMultipartUploads(ctx, s.bucket, s.prefix, key, upload, "", defaultLimit)
		if err != nil {
			return n, s.explain("", err)
		}
		for _, u := range page.Uploads {
			if !u.Initiated.Before(olderThan) || !strings.HasPrefix(u.Key, s.prefix) {
				continue
			}
			if err := s.AbortUpload(ctx, strings.TrimPrefix(u.Key, s.prefix), u.UploadID); err != nil {
				return n, err
			}
			n++
		}
		if !page.IsTruncated || (page.NextKeyMarker == key && page.NextUploadIDMarker == upload) {
			return n, nil
		}
		key, upload = page.NextKeyMarker, page.NextUploadIDMarker
	}
}
