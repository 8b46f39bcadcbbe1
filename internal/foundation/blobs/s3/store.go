// Package s3 keeps bytes in a bucket of S3 or of what speaks its protocol.
//
// Words. The address is s3://bucket/prefix?endpoint=https://host&region=R; the
// prefix leads every key. Bytes whose length is not known are sent in parts of
// PartSize, so that memory stays bounded.
//
// It makes no bucket and sets no policy.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

const (
	// PartSize is how large a part of a stream is: the buffer that one upload
	// holds. minio-go's own choice for an unknown length is half a gigabyte.
	PartSize     = 16 << 20
	defaultLimit = 1000
)

// Store is bytes in one bucket below one prefix.
type Store struct {
	core   *minio.Core
	bucket string
	prefix string // "" or ending in "/"
	where  string
	byRole bool // no key pair is set

	completing blobs.Turns // of uploads
}

var _ blobs.Store = (*Store)(nil)

// Open reads the address; it does not connect.
func Open(address string, c Credentials) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return nil, badAddress(address)
	}
	if err := s3utils.CheckValidBucketNameStrict(u.Host); err != nil {
		return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not the name of a bucket: %s.", u.Host, strings.ToLower(strings.TrimSuffix(err.Error(), "."))),
			"a name has 3 to 63 lower-case letters, digits, dots and dashes: s3://bucket/prefix?endpoint=https://s3.example.org")
	}
	query := u.Query()
	for key := range query {
		if key != "endpoint" && key != "region" {
			return nil, fault.WithHint(fault.New(fault.Invalid, "The S3 address has the unknown setting %q.", key), "known are endpoint and region")
		}
	}
	endpoint, err := url.Parse(query.Get("endpoint"))
	if query.Get("endpoint") == "" {
		endpoint, err = url.Parse("https://s3.amazonaws.com")
	}
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "http" && endpoint.Scheme != "https") {
		return nil, badAddress(address)
	}
	if err := c.open(endpoint.Host); err != nil {
		return nil, err
	}
	options := &minio.Options{
		Secure: endpoint.Scheme == "https", Region: query.Get("region"), BucketLookup: minio.BucketLookupAuto,
		Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
	}
	if query.Get("endpoint") != "" {
		options.BucketLookup = minio.BucketLookupPath
	}
	byRole := c.AccessKey == ""
	if byRole {
		options.Creds = credentials.New(&role{credentials.NewIAM("")})
	}
	core, err := minio.NewCore(endpoint.Host, options)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The S3 address cannot be used.")
	}
	s := &Store{core: core, bucket: u.Host, prefix: strings.Trim(u.Path, "/"), byRole: byRole}
	s.where = "s3://" + s.bucket
	if s.prefix != "" {
		s.where += "/" + s.prefix
		s.prefix += "/"
	}
	return s, nil
}

func badAddress(address string) error {
	name, _, _ := strings.Cut(address, "?")
	return fault.WithHint(fault.New(fault.Invalid, "%q is not an S3 address.", name), "write it as in s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-1")
}

// Address is the bucket and the prefix.
func (s *Store) Address() string { return s.where }

// Put stores all of r under key.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) (_ blobs.Info, err error) {
	defer fault.Wrap(&err, "s3.Put")
	if err := blobs.CheckKey(key); err != nil {
		return blobs.Info{}, err
	}
	counted := &counter{r: r, left: size, bounded: size >= 0}
	if size == 0 && counted.more() { // no reader is asked for no bytes
		return blobs.Info{}, blobs.WrongSize(key, 0, 1)
	}
	options := minio.PutObjectOptions{PartSize: PartSize, SendContentMd5: true}
	info, err := s.core.Client.PutObject(ctx, s.bucket, s.prefix+key, counted, size, options)
	if wrong, got := counted.wrong(size); wrong {
		return blobs.Info{}, blobs.WrongSize(key, size, got)
	}
	if err != nil {
		return blobs.Info{}, s.explain(key, err)
	}
	return s.Stat(ctx, strings.TrimPrefix(info.Key, s.prefix))
}

// errLength ends a stream that has more or fewer bytes than were said.
var errLength = errors.New("the stream has another length than was said")

// counter holds a stream to the length that was said. It gives the last bytes
// only when it has seen that none come after them, so that a stream of another
// length breaks before the server has all that it waits for: nothing is stored
// then, and nothing sent again.
type counter struct {
	r       io.Reader
	left    int64
	bounded bool
	surplus bool // more bytes came than were said
	short   bool // the stream ended too early
}

// Read reads at most what was said.
func (c *counter) Read(b []byte) (int, error) {
	if !c.bounded {
		return c.r.Read(b)
	}
	if c.surplus {
		return 0, errLength
	}
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.r.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	if c.left == 0 && c.more() {
		return 0, errLength
	}
	if c.left > 0 && errors.Is(err, io.EOF) {
		c.short, err = true, errLength
	}
	return n, err
}

// more reports whether the stream goes on beyond what was said.
func (c *counter) more() bool {
	var one [1]byte
	n, _ := io.ReadFull(c.r, one[:])
	c.surplus = n > 0
	return c.surplus
}

// wrong reports whether the stream had another length than said, and which at
// least.
func (c *counter) wrong(said int64) (bool, int64) {
	if c.surplus {
		return true, said + 1
	}
	return c.short, said - c.left
}

// Get opens the bytes of key: those that Info tells of, also when they are
// replaced meanwhile.
func (s *Store) Get(ctx context.Context, key string, part blobs.Range) (_ io.ReadCloser, _ blobs.Info, err error) {
	defer fault.Wrap(&err, "s3.Get")
	body, info, err := s.get(ctx, key, part)
	if err != nil && minio.ToErrorResponse(err).StatusCode == http.StatusPreconditionFailed {
		body, info, err = s.get(ctx, key, part)
	}
	if err != nil {
		return nil, blobs.Info{}, s.explain(key, err)
	}
	return body, info, nil
}

// get gives S3's own error when the bytes are not there any more that it found.
func (s *Store) get(ctx context.Context, key string, part blobs.Range) (io.ReadCloser, blobs.Info, error) {
	info, err := s.Stat(ctx, key)
	if err != nil {
		return nil, blobs.Info{}, err
	}
	if part.Offset < 0 || part.Offset > info.Size || (part.Offset == info.Size && info.Size > 0) {
		return nil, blobs.Info{}, blobs.BeyondEnd(key, part.Offset, info.Size)
	}
	var options minio.GetObjectOptions
	if err := options.SetMatchETag(info.ETag); err != nil {
		return nil, blobs.Info{}, err
	}
	if info.Size > 0 && (part.Offset > 0 || part.Length > 0) {
		end := info.Size - 1
		if part.Length > 0 {
			end = min(end, part.Offset+part.Length-1)
		}
		if err := options.SetRange(part.Offset, end); err != nil {
			return nil, blobs.Info{}, fault.Because(err, fault.Invalid, "The range is not one.")
		}
	}
	body, _, _, err := s.core.GetObject(ctx, s.bucket, s.prefix+key, options)
	return body, info, err
}

// Stat tells what is stored under key.
func (s *Store) Stat(ctx context.Context, key string) (_ blobs.Info, err error) {
	defer fault.Wrap(&err, "s3.Stat")
	if err := blobs.CheckKey(key); err != nil {
		return blobs.Info{}, err
	}
	info, err := s.core.Client.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return blobs.Info{}, s.explain(key, err)
	}
	return blobs.Info{Key: key, Size: info.Size, Modified: info.LastModified.UTC(), ETag: info.ETag}, nil
}

// Delete removes the bytes of key.
func (s *Store) Delete(ctx context.Context, key string) (err error) {
	defer fault.Wrap(&err, "s3.Delete")
	if err := blobs.CheckKey(key); err != nil {
		return err
	}
	err = s.core.Client.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{})
	if err = s.explain(key, err); fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// List answers one page in byte order of the key.
func (s *Store) List(ctx context.Context, list blobs.List) (_ []blobs.Entry, err error) {
	defer fault.Wrap(&err, "s3.List")
	if err := blobs.CheckPrefix(list.Prefix); err != nil {
		return nil, err
	}
	if list.Limit <= 0 {
		list.Limit = defaultLimit
	}
	delimiter := "/"
	if list.Deep {
		delimiter = ""
	}
	after, token := "", ""
	if list.After != "" {
		after = s.prefix + list.After
	}
	var all []blobs.Entry
	for {
		page, err := s.core.ListObjectsV2(s.bucket, s.prefix+list.Prefix, after, token, delimiter, min(list.Limit-len(all)+1, defaultLimit))
		if err != nil {
			return nil, s.explain(list.Prefix, err)
		}
		all = append(all, s.entries(page, list.After)...)
		if !page.IsTruncated || len(all) >= list.Limit {
			break
		}
		if token = page.NextContinuationToken; token == "" {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return all[:min(len(all), list.Limit)], nil
}

// entries are the objects and folders of a page that come after after.
func (s *Store) entries(page minio.ListBucketV2Result, after string) []blobs.Entry {
	var all []blobs.Entry
	for _, o := range page.Contents {
		key := strings.TrimPrefix(o.Key, s.prefix)
		if key > after && !strings.HasSuffix(key, "/") {
			all = append(all, blobs.Entry{Info: blobs.Info{Key: key, Size: o.Size, Modified: o.LastModified.UTC(), ETag: strings.Trim(o.ETag, `"`)}})
		}
	}
	for _, p := range page.CommonPrefixes {
		if key := strings.TrimPrefix(p.Prefix, s.prefix); key > after {
			all = append(all, blobs.Entry{Info: blobs.Info{Key: key}, Folder: true})
		}
	}
	slices.SortFunc(all, func(a, b blobs.Entry) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// Check writes, reads and removes one object.
func (s *Store) Check(ctx context.Context) error {
	const key = "tacit-check"
	if _, err := s.Put(ctx, key, strings.NewReader("ok"), 2); err != nil {
		if s.byRole && errors.Is(err, context.DeadlineExceeded) { // a machine without a role may wait for one
			return s.unopened(err)
		}
		return err
	}
	if _, err := s.Stat(ctx, key); err != nil {
		return err
	}
	return s.Delete(ctx, key)
}

// explain maps an answer of the server to a fault.
func (s *Store) explain(key string, err error) error {
	var told *fault.Error
	if none := new(noRole); errors.As(err, none) {
		return s.unopened(err)
	}
	if err == nil || errors.As(err, &told) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	r := minio.ToErrorResponse(err)
	switch {
	case r.Code == "NoSuchBucket":
		return fault.WithHint(fault.Because(err, fault.Unavailable, "There is no bucket %q.", s.bucket), "make it, or set TACIT_BLOBS to another")
	case r.Code == "NoSuchUpload":
		return fault.Because(err, fault.NotFound, "There is no such upload.")
	case r.Code == "InvalidPart" || r.Code == "InvalidPartOrder" || r.Code == "EntityTooSmall":
		return fault.Because(err, fault.Invalid, "The parts are not those that were uploaded.")
	case r.Code == "NoSuchKey" || r.StatusCode == http.StatusNotFound:
		return blobs.Missing(key)
	case r.StatusCode == http.StatusInsufficientStorage || r.Code == "XMinioStorageFull" || r.Code == "QuotaExceeded":
		return writable.NoRoom(err, "the store of bytes")
	case r.StatusCode == http.StatusForbidden:
		return fault.WithHint(fault.Because(err, fault.Unavailable, "S3 refuses the access to %s (%s).", s.where, r.Code), "allow the key pair to get, put, delete and list there, or set TACIT_S3_ACCESS_KEY and TACIT_S3_SECRET_KEY to another")
	}
	return fault.Because(fmt.Errorf("%s: %w", s.where, err), fault.Unavailable, "The store of bytes does not answer as it should.")
}
