package web

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Open reads a file; what broke is taken up by a range.
func (p *Place) Open(ctx context.Context, path string, from int64) (_ io.ReadCloser, _ files.Info, err error) {
	defer fault.Wrap(&err, "web.Open(%s)", path)
	return files.Steady(ctx, p.Retries, from, func(ctx context.Context, from int64) (io.ReadCloser, files.Info, error) {
		r, err := p.request(ctx, http.MethodGet, path, nil)
		if err != nil {
			return nil, files.Info{}, err
		}
		if from > 0 {
			r.Header.Set("Range", "bytes="+strconv.FormatInt(from, 10)+"-")
		}
		answer, err := p.do(r)
		if err != nil {
			return nil, files.Info{}, err
		}
		info := told(path, answer)
		if from > 0 && answer.StatusCode != http.StatusPartialContent { // it knows no ranges
			if _, err := io.CopyN(io.Discard, answer.Body, from); err != nil {
				_ = answer.Body.Close()
				return nil, info, fault.Because(err, fault.Unavailable, "%s broke off.", path)
			}
		}
		return answer.Body, info, nil
	})
}

// told is what the head of an answer says of a file.
func told(path string, answer *http.Response) files.Info {
	info := files.Info{Path: path, Size: answer.ContentLength, ETag: strings.Trim(strings.TrimPrefix(answer.Header.Get("ETag"), "W/"), `"`)}
	if answer.StatusCode == http.StatusPartialContent {
		_, total, _ := strings.Cut(answer.Header.Get("Content-Range"), "/")
		size, err := strconv.ParseInt(total, 10, 64)
		if info.Size = size; err != nil {
			info.Size = files.Unknown
		}
	}
	if answer.Header.Get("Content-Encoding") != "" { // the length is another's
		info.Size = files.Unknown
	}
	if sum, err := base64.StdEncoding.DecodeString(answer.Header.Get("Content-MD5")); err == nil && len(sum) == 16 && answer.StatusCode == http.StatusOK {
		info.MD5 = sum
	}
	if at, err := http.ParseTime(answer.Header.Get("Last-Modified")); err == nil {
		info.Modified = at
	}
	return info
}

// Stat asks for the head of a file, and for the file where the server does not know
// heads.
func (p *Place) Stat(ctx context.Context, path string) (info files.Info, err error) {
	defer fault.Wrap(&err, "web.Stat(%s)", path)
	ask := func(method string) error {
		return p.Retries.Do(ctx, func() error {
			r, err := p.request(ctx, method, path, nil)
			if err != nil {
				return err
			}
			answer, err := p.do(r)
			if err != nil {
				return err
			}
			info = told(path, answer)
			return answer.Body.Close()
		}, files.Always)
	}
	err = ask(http.MethodHead)
	if fault.Is(err, fault.Unsupported) || fault.Is(err, fault.Invalid) || fault.Is(err, fault.Denied) { // of a server that signs one method alone
		err = ask(http.MethodGet)
	}
	return info, err
}

// Put writes a file by the configured method.
func (p *Place) Put(ctx context.Context, path string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (err error) {
	defer fault.Wrap(&err, "web.Put(%s)", path)
	answer, err := p.send(ctx, p.Method, path, "application/octet-stream", r, size, again)
	if err != nil {
		return err
	}
	return answer.Close()
}

// Post sends bytes to a path and gives the answer, which the caller closes, for
// servers that answer questions beside keeping files. size and again are Put's.
func (p *Place) Post(ctx context.Context, path, kind string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (_ io.ReadCloser, err error) {
	defer fault.Wrap(&err, "web.Post(%s)", path)
	return p.send(ctx, http.MethodPost, path, kind, r, size, again)
}

func (p *Place) send(ctx context.Context, method, path, kind string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (answer io.ReadCloser, err error) {
	p = p.Patient(max(size, 0))
	from := files.Renewed(r, again)
	defer func() { _ = from.Close() }()
	err = p.Retries.Do(ctx, func() error {
		request, err := p.request(ctx, method, path, io.NopCloser(from.Reader)) // what is still being sent when an answer comes early is not what is sent next
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", kind)
		if request.ContentLength = size; size == 0 {
			request.Body = http.NoBody
		}
		given, err := p.do(request)
		if err == nil {
			answer = given.Body
		}
		return err
	}, from.Renew)
	return answer, err
}

// List is what a web server does not do.
func (p *Place) List(context.Context, string, func(files.Info) error) error {
	return fault.New(fault.Unsupported, "The web server %s lists no files.", p.Address())
}

// Remove is what a web server does not do.
func (p *Place) Remove(context.Context, ...string) error {
	return fault.New(fault.Unsupported, "The web server %s takes no files away.", p.Address())
}

// Description is what a server says of a file, in its own words: "" for nothing.
type Description struct {
	URL                               string // at which it answered
	Size                              int64  // bytes, or files.Unknown
	Type, ETag, MD5, Digest, Modified string // the fields Content-Type, ETag, Content-MD5, Digest, Last-Modified
	Ranges                            string // the field Accept-Ranges
}

// Describe asks for the head of a file, and for the file where the server does not know
// heads or tells no size in them.
func (p *Place) Describe(ctx context.Context, path string) (d Description, err error) {
	defer fault.Wrap(&err, "web.Describe(%s)", path)
	ask := func(method string) error {
		return p.Retries.Do(ctx, func() error {
			r, err := p.request(ctx, method, path, nil)
			if err != nil {
				return err
			}
			answer, err := p.do(r)
			if err != nil {
				return err
			}
			h := answer.Header.Get
			d = Description{URL: answer.Request.URL.String(), Size: told(path, answer).Size, Type: h("Content-Type"), ETag: h("ETag"), MD5: h("Content-MD5"),
				Digest: h("Digest"), Modified: h("Last-Modified"), Ranges: h("Accept-Ranges")}
			return answer.Body.Close()
		}, files.Always)
	}
	if err = ask(http.MethodHead); err != nil && !fault.Is(err, fault.Unavailable) || err == nil && d.Size == files.Unknown {
		err = ask(http.MethodGet)
	}
	return d, err
}
