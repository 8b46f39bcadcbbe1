package bucket

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// partSize is how large a part of a large file is: the buffer that one upload of
// unknown length holds.
const partSize = 16 << 20

func (p *Place) key(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") {
		return "", fault.New(fault.Invalid, "%q names no file in %s.", path, p.Address())
	}
	return p.Prefix + path, nil
}

// told is what a bucket says of a file. Its tag is the MD5 of what was written at once
// and is not encrypted by a key of the server's.
func (p *Place) told(o minio.ObjectInfo) files.Info {
	info := files.Info{Path: strings.TrimPrefix(o.Key, p.Prefix), Size: o.Size, Modified: o.LastModified.UTC(), ETag: strings.Trim(o.ETag, `"`), Version: o.VersionID}
	encrypted := o.Metadata.Get("X-Amz-Server-Side-Encryption")
	if sum, err := hex.DecodeString(info.ETag); err == nil && len(sum) == 16 && p.encryption == nil && (encrypted == "" || encrypted == "AES256") {
		info.MD5 = sum
	}
	return info
}

// Open reads a file; what broke is taken up by a range.
func (p *Place) Open(ctx context.Context, path string, from int64) (io.ReadCloser, files.Info, error) {
	return p.OpenVersion(ctx, path, "", from)
}

// OpenVersion reads a version of a file.
func (p *Place) OpenVersion(ctx context.Context, path, version string, from int64) (_ io.ReadCloser, _ files.Info, err error) {
	defer fault.Wrap(&err, "bucket.Open(%s)", path)
	key, err := p.key(path)
	if err != nil {
		return nil, files.Info{}, err
	}
	core, tag := minio.Core{Client: p.client}, ""
	return files.Steady(ctx, p.Retries, from, func(ctx context.Context, from int64) (io.ReadCloser, files.Info, error) {
		options := minio.GetObjectOptions{ServerSideEncryption: p.forReading(), VersionID: version}
		if from > 0 {
			if err := options.SetRange(from, 0); err != nil {
				return nil, files.Info{}, fault.Because(err, fault.Invalid, "The range is not one.")
			}
		}
		if tag != "" {
			if err := options.SetMatchETag(tag); err != nil {
				return nil, files.Info{}, fault.Because(err, fault.Invalid, "The tag is not one.")
			}
		}
		body, o, header, err := core.GetObject(ctx, p.Bucket, key, options)
		if err != nil {
			return nil, files.Info{}, p.explain(ctx, path, err)
		}
		o.Key = key
		info := p.told(o)
		if _, total, ok := strings.Cut(header.Get("Content-Range"), "/"); ok {
			info.Size = whole(total, from+o.Size)
		}
		tag = info.ETag
		return body, info, nil
	})
}

// whole is the size that the head of an answer tells, or that there would be if the
// answer goes to the end.
func whole(total string, otherwise int64) int64 {
	var size int64
	for _, c := range total {
		if c < '0' || c > '9' || size > 1<<58 {
			return otherwise
		}
		size = size*10 + int64(c-'0')
	}
	return size
}

// forReading is what a read must tell: the key of one's own, and nothing else.
func (p *Place) forReading() encrypt.ServerSide {
	if p.CustomerKey == nil {
		return nil
	}
	return p.encryption
}

// Stat tells of a file.
func (p *Place) Stat(ctx context.Context, path string) (files.Info, error) {
	return p.StatVersion(ctx, path, "")
}

// StatVersion tells of a version of a file.
func (p *Place) StatVersion(ctx context.Context, path, version string) (info files.Info, err error) {
	defer fault.Wrap(&err, "bucket.Stat(%s)", path)
	key, err := p.key(path)
	if err != nil {
		return info, err
	}
	err = p.Retries.Do(ctx, func() error {
		o, err := p.client.StatObject(ctx, p.Bucket, key, minio.StatObjectOptions{ServerSideEncryption: p.forReading(), VersionID: version})
		info = p.told(o)
		return p.explain(ctx, path, err)
	}, files.Always)
	return info, err
}

// Put stores a file, a large one in parts.
func (p *Place) Put(ctx context.Context, path string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (err error) {
	defer fault.Wrap(&err, "bucket.Put(%s)", path)
	key, err := p.key(path)
	if err != nil {
		return err
	}
	options := minio.PutObjectOptions{PartSize: partSize, SendContentMd5: true, ServerSideEncryption: p.encryption, UserMetadata: p.Headers, ContentType: "application/octet-stream"}
	from := files.Renewed(r, again)
	defer func() { _ = from.Close() }()
	return p.Retries.Do(ctx, func() error {
		noted := &noting{Reader: from.Reader}
		_, err := p.client.PutObject(ctx, p.Bucket, key, noted, size, options)
		if broke := noted.err.Load(); err != nil && broke != nil && !fault.Is(*broke, fault.Internal) {
			return *broke
		}
		return p.explain(ctx, path, err)
	}, from.Renew)
}

// noting remembers why a reader failed, also where it is read on after an answer came.
type noting struct {
	io.Reader
	err atomic.Pointer[error]
}

// Read reads on.
func (n *noting) Read(b []byte) (int, error) {
	c, err := n.Reader.Read(b)
	if err != nil && err != io.EOF {
		n.err.Store(&err)
	}
	return c, err
}

// List gives the files whose path begins with prefix.
func (p *Place) List(ctx context.Context, prefix string, each func(files.Info) error) (err error) {
	defer fault.Wrap(&err, "bucket.List(%s)", prefix)
	after := ""
	for {
		began := after
		err := p.page(ctx, prefix, &after, each)
		if !fault.Is(err, fault.Unavailable) {
			return err
		}
		if after == began { // nothing came before it broke: try again, and then no more
			return p.Retries.Do(ctx, func() error { return p.page(ctx, prefix, &after, each) }, func() bool { return after == began })
		}
	}
}

// page lists what comes after a key, and moves that on.
func (p *Place) page(ctx context.Context, prefix string, after *string, each func(files.Info) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range p.client.ListObjectsIter(ctx, p.Bucket, minio.ListObjectsOptions{Prefix: p.Prefix + prefix, Recursive: true, StartAfter: *after}) {
		if o.Err != nil {
			return p.explain(ctx, prefix, o.Err)
		}
		*after = o.Key
		if strings.HasSuffix(o.Key, "/") {
			continue // what some programs put for a folder
		}
		if err := each(p.told(o)); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// Remove takes files away, a thousand with a request where the bucket knows that.
func (p *Place) Remove(ctx context.Context, paths ...string) (err error) {
	defer fault.Wrap(&err, "bucket.Remove")
	for _, path := range paths {
		if _, err := p.key(path); err != nil {
			return err
		}
	}
	return p.Retries.Do(ctx, func() error {
		results, err := p.client.RemoveObjectsWithIter(ctx, p.Bucket, func(yield func(minio.ObjectInfo) bool) {
			for _, path := range paths {
				if !yield(minio.ObjectInfo{Key: p.Prefix + path}) {
					return
				}
			}
		}, minio.RemoveObjectsOptions{})
		if err != nil {
			return p.explain(ctx, "", err)
		}
		for r := range results {
			if r.Err != nil && minio.ToErrorResponse(r.Err).StatusCode != http.StatusNotFound && minio.ToErrorResponse(r.Err).Code != "NoSuchKey" {
				err = p.explain(ctx, r.ObjectName, r.Err)
			}
		}
		return err
	}, files.Always)
}
