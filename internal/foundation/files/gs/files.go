package gs

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/store"
)

// request makes one for a file, or for all of the bucket where the path is "". At says
// which of the service's faces: "storage/v1" or "upload/storage/v1".
func (p *Place) request(ctx context.Context, method, at, path string, query url.Values, body io.Reader) (*http.Request, error) {
	u := *p.base
	u.Path = "/" + at + "/b/" + p.Bucket + "/o"
	u.RawPath = "/" + at + "/b/" + url.PathEscape(p.Bucket) + "/o"
	if path != "" {
		if err := store.CheckKey(p.Address(), path); err != nil {
			return nil, err
		}
		u.Path, u.RawPath = u.Path+"/"+p.Prefix+path, u.RawPath+"/"+url.PathEscape(p.Prefix+path)
	}
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "%q cannot be asked for.", path)
	}
	return r, nil
}

// resource is what the service says of a file.
type resource struct {
	Name       string    `json:"name"`
	Size       string    `json:"size"`
	Tag        string    `json:"etag"`
	Generation string    `json:"generation"`
	MD5        string    `json:"md5Hash"`
	Updated    time.Time `json:"updated"`
}

const fields = "name,size,etag,generation,md5Hash,updated"

func (o *resource) info(prefix string) files.Info {
	info := files.Info{Path: strings.TrimPrefix(o.Name, prefix), Size: files.Unknown, ETag: store.Unquoted(o.Tag), Version: o.Generation, Modified: o.Updated.UTC()}
	if size, err := strconv.ParseInt(o.Size, 10, 64); err == nil {
		info.Size = size
	}
	if sum, err := base64.StdEncoding.DecodeString(o.MD5); err == nil && len(sum) == 16 {
		info.MD5 = sum
	}
	return info
}

// maxAnswer bounds an answer of JSON, in bytes: of a thousand files.
const maxAnswer = 32 << 20

func decode(answer *http.Response, to any) error {
	err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(to)
	_ = answer.Body.Close() // it was read
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fault.Because(err, fault.Unavailable, "What the storage answers is not what was asked for.")
}

func ofVersion(version string) url.Values {
	if version == "" {
		return url.Values{}
	}
	return url.Values{"generation": {version}}
}

// Open reads a file; what broke is taken up by a range.
func (p *Place) Open(ctx context.Context, path string, from int64) (io.ReadCloser, files.Info, error) {
	return p.OpenVersion(ctx, path, "", from)
}

// OpenVersion reads a version of a file. What is read on is of the version that was
// begun with.
func (p *Place) OpenVersion(ctx context.Context, path, version string, from int64) (_ io.ReadCloser, _ files.Info, err error) {
	defer fault.Wrap(&err, "gs.Open(%s)", path)
	return files.Steady(ctx, p.Retries, from, func(ctx context.Context, from int64) (io.ReadCloser, files.Info, error) {
		query := ofVersion(version)
		query.Set("alt", "media")
		r, err := p.request(ctx, http.MethodGet, "storage/v1", path, query, nil)
		if err != nil {
			return nil, files.Info{}, err
		}
		if from > 0 {
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
		}
		answer, err := p.client.Do(r, path)
		if err != nil {
			return nil, files.Info{}, err
		}
		info := store.Told(path, answer)
		info.Version = answer.Header.Get("X-Goog-Generation")
		if from > 0 && answer.StatusCode != http.StatusPartialContent {
			_ = answer.Body.Close()
			return nil, info, fault.New(fault.Unsupported, "%s reads no file from its middle.", p.Address())
		}
		return answer.Body, info, nil
	})
}

// Stat tells of a file.
func (p *Place) Stat(ctx context.Context, path string) (files.Info, error) {
	return p.StatVersion(ctx, path, "")
}

// StatVersion tells of a version of a file.
func (p *Place) StatVersion(ctx context.Context, path, version string) (info files.Info, err error) {
	defer fault.Wrap(&err, "gs.Stat(%s)", path)
	err = p.Retries.Do(ctx, func() error {
		query := ofVersion(version)
		query.Set("fields", fields)
		r, err := p.request(ctx, http.MethodGet, "storage/v1", path, query, nil)
		if err != nil {
			return err
		}
		answer, err := p.client.Do(r, path)
		if err != nil {
			return err
		}
		var o resource
		err = decode(answer, &o)
		info = o.info(p.Prefix)
		return err
	}, files.Always)
	return info, err
}

// Put stores a file, a large one in blocks.
func (p *Place) Put(ctx context.Context, path string, r io.Reader, size int64, again func() (io.ReadCloser, error)) error {
	_, err := p.Write(ctx, path, r, size, again)
	return err
}

// Write stores a file, and tells of it.
func (p *Place) Write(ctx context.Context, path string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (info files.Info, err error) {
	defer fault.Wrap(&err, "gs.Put(%s)", path)
	if err := store.CheckKey(p.Address(), path); err != nil {
		return info, err
	}
	return store.Put(ctx, p.Retries, store.Upload{
		Whole: func(ctx context.Context, r io.Reader, size int64) (files.Info, error) {
			return p.whole(ctx, path, r, size)
		},
		Begin: func(ctx context.Context) (store.Blocks, error) { return p.begin(ctx, path) },
	}, r, size, again)
}

const kind = "application/octet-stream"

// whole sends a file and its name as the parts of one message: one that is cut off has
// no end, and nothing is stored of it.
func (p *Place) whole(ctx context.Context, path string, body io.Reader, size int64) (files.Info, error) {
	name, err := json.Marshal(map[string]string{"name": p.Prefix + path, "contentType": kind})
	if err != nil {
		return files.Info{}, err
	}
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	for _, part := range []struct {
		kind    string
		content []byte
	}{{"application/json; charset=UTF-8", name}, {kind, nil}} {
		to, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {part.kind}})
		if err != nil {
			return files.Info{}, err
		}
		if _, err := to.Write(part.content); err != nil {
			return files.Info{}, err
		}
	}
	before := parts.Len()
	if err := w.Close(); err != nil {
		return files.Info{}, err
	}
	head, tail := parts.Bytes()[:before], parts.Bytes()[before:]
	message := io.MultiReader(bytes.NewReader(head), &exact{body, size}, bytes.NewReader(tail))
	r, err := p.request(ctx, http.MethodPost, "upload/storage/v1", "", url.Values{"uploadType": {"multipart"}}, io.NopCloser(message))
	if err != nil {
		return files.Info{}, err
	}
	r.Header.Set("Content-Type", "multipart/related; boundary="+w.Boundary())
	r.ContentLength = int64(parts.Len()) + size
	answer, err := p.client.Do(r, "")
	if err != nil {
		return files.Info{}, err
	}
	var o resource
	err = decode(answer, &o)
	return o.info(p.Prefix), err
}

// exact reads as many bytes as were said, or fails: what is less would be made up for by
// what is behind it.
type exact struct {
	r    io.Reader
	left int64
}

// Read reads on.
func (e *exact) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	if e.left -= int64(n); e.left < 0 || errors.Is(err, io.EOF) && e.left > 0 {
		return 0, fault.New(fault.Conflict, "There are not as many bytes as were said.")
	}
	return n, err
}

// begin begins an upload that can be resumed.
// https://cloud.google.com/storage/docs/performing-resumable-uploads
func (p *Place) begin(ctx context.Context, path string) (*upload, error) {
	r, err := p.request(ctx, http.MethodPost, "upload/storage/v1", "", url.Values{"uploadType": {"resumable"}, "name": {p.Prefix + path}}, strings.NewReader("{}"))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Upload-Content-Type", kind)
	answer, err := p.client.Do(r, "")
	if err != nil {
		return nil, err
	}
	at, err := answer.Location()
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, fault.Because(err, fault.Unavailable, "%s does not say where a large file is sent.", p.Address())
	}
	return &upload{place: p, at: at.String()}, nil
}

// upload is a file that is sent in blocks.
type upload struct {
	place *Place
	at    string
	done  *resource // when the last block has come
}

// Block stores one, or what is missing of it where it was sent before.
func (u *upload) Block(ctx context.Context, from int64, b []byte, last bool) error {
	for came := int64(-1); ; {
		end, whole := from+int64(len(b)), "*"
		if last {
			whole = strconv.FormatInt(end, 10)
		}
		has, err := u.send(ctx, b, fmt.Sprintf("bytes %d-%d/%s", from, end-1, whole))
		if fault.Is(err, fault.Unavailable) { // nobody knows how much of it came
			if has, err = u.send(ctx, nil, "bytes */*"); err == nil && u.done == nil && has <= from {
				return fault.New(fault.Unavailable, "%s did not take a block.", u.place.Address())
			}
		}
		if err != nil || u.done != nil || has == end {
			return err
		}
		if has < from || has > end || has == came {
			return fault.New(fault.Conflict, "%s has %d bytes of an upload, and not from %d to %d.", u.place.Address(), has, from, end)
		}
		came, b, from = has, b[has-from:], has
	}
}

// send sends bytes, and tells how many the service has then.
func (u *upload) send(ctx context.Context, b []byte, what string) (int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, u.at, bytes.NewReader(b))
	if err != nil {
		return 0, fault.Because(err, fault.Invalid, "%q cannot be sent to.", u.at)
	}
	r.Header.Set("Content-Range", what)
	answer, err := u.place.client.Do(r, "", http.StatusPermanentRedirect) // it is not complete
	if err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusPermanentRedirect {
		u.done = &resource{}
		return 0, decode(answer, u.done)
	}
	_ = answer.Body.Close() // there is nothing in it
	_, last, ok := strings.Cut(answer.Header.Get("Range"), "-")
	if !ok {
		return 0, nil
	}
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil {
		return 0, fault.Because(err, fault.Unavailable, "%s does not say how much it has.", u.place.Address())
	}
	return n + 1, nil
}

// End tells of the file, which is there since the last block.
func (u *upload) End(context.Context) (files.Info, error) {
	if u.done == nil {
		return files.Info{}, fault.New(fault.Unavailable, "%s does not end an upload.", u.place.Address())
	}
	return u.done.info(u.place.Prefix), nil
}

// Remove takes files away.
func (p *Place) Remove(ctx context.Context, paths ...string) (err error) {
	defer fault.Wrap(&err, "gs.Remove")
	return store.Remove(ctx, paths, func(ctx context.Context, path string) error {
		return p.Retries.Do(ctx, func() error {
			r, err := p.request(ctx, http.MethodDelete, "storage/v1", path, nil, nil)
			if err != nil {
				return err
			}
			answer, err := p.client.Do(r, path)
			if err != nil {
				return err
			}
			return answer.Body.Close()
		}, files.Always)
	})
}

// List gives the files whose path begins with prefix.
func (p *Place) List(ctx context.Context, prefix string, each func(files.Info) error) (err error) {
	defer fault.Wrap(&err, "gs.List(%s)", prefix)
	query := url.Values{"prefix": {p.Prefix + prefix}, "fields": {"nextPageToken,items(" + fields + ")"}}
	for {
		var page struct {
			Items []resource `json:"items"`
			Next  string     `json:"nextPageToken"`
		}
		err := p.Retries.Do(ctx, func() error {
			r, err := p.request(ctx, http.MethodGet, "storage/v1", "", query, nil)
			if err != nil {
				return err
			}
			answer, err := p.client.Do(r, "")
			if err != nil {
				return err
			}
			return decode(answer, &page)
		}, files.Always)
		if err != nil {
			return err
		}
		for _, o := range page.Items {
			if strings.HasSuffix(o.Name, "/") {
				continue // what some programs put for a folder
			}
			if err := each(o.info(p.Prefix)); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		query.Set("pageToken", page.Next)
	}
}
