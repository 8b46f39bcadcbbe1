// Package store is what places have in common whose files are objects behind requests
// of HTTP: a request is signed, sent, and its answer is a success or a fault; a large
// file goes in blocks.
package store

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Refusal is an answer without success.
type Refusal struct {
	Status int
	Header http.Header
	Body   []byte // the beginning of it
	Path   string // that was asked for
}

// Client sends requests.
type Client struct {
	Transport *http.Transport
	Address   string                    // as messages name the place
	Agent     string                    // what the program says of itself
	Sign      func(*http.Request) error // proves who asks
	Explain   func(Refusal) error       // nil for what is explained here
}

// maxRefusal is how much of a refusal is read, in bytes.
const maxRefusal = 16 << 10

// Do sends a request and gives an answer of success, or one of the statuses in also:
// others are faults. path is what a message names.
func (c *Client) Do(r *http.Request, path string, also ...int) (*http.Response, error) {
	if c.Agent != "" {
		r.Header.Set("User-Agent", c.Agent)
	}
	if err := c.Sign(r); err != nil {
		return nil, c.failed(r.Context(), err)
	}
	answer, err := (&http.Client{Transport: c.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		return nil, c.failed(r.Context(), err)
	}
	for _, status := range also {
		if answer.StatusCode == status {
			return answer, nil
		}
	}
	if answer.StatusCode >= http.StatusOK && answer.StatusCode < http.StatusMultipleChoices {
		answer.Body = &body{answer.Body, c, r.Context()}
		return answer, nil
	}
	text, _ := io.ReadAll(io.LimitReader(answer.Body, maxRefusal)) // what it says is for people alone
	_ = answer.Body.Close()
	refusal := Refusal{answer.StatusCode, answer.Header, text, path}
	if err := c.Explain(refusal); err != nil {
		return nil, err
	}
	return nil, c.refused(refusal)
}

// failed explains why there is no answer, or no more of it. The address of a request
// may hold a signature: it is told to nobody.
func (c *Client) failed(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	return fault.Because(err, fault.Unavailable, "%s cannot be reached.", c.Address)
}

// refused is what an answer means by its status alone.
func (c *Client) refused(r Refusal) error {
	said := http.StatusText(r.Status)
	switch {
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		return fault.New(fault.Denied, "%s refuses the credentials: %s", c.Address, said)
	case r.Status == http.StatusNotFound:
		return fault.New(fault.NotFound, "There is no %s in %s.", r.Path, c.Address)
	case r.Status == http.StatusPreconditionFailed, r.Status == http.StatusRequestedRangeNotSatisfiable:
		return fault.New(fault.Conflict, "%s changed while it was read.", r.Path)
	case r.Status == http.StatusNotImplemented, r.Status == http.StatusMethodNotAllowed:
		return fault.New(fault.Unsupported, "%s does not know how to do that: %s", c.Address, said)
	case r.Status >= http.StatusInternalServerError, r.Status == http.StatusTooManyRequests, r.Status == http.StatusRequestTimeout:
		err := fault.New(fault.Unavailable, "%s does not answer as it should: %s", c.Address, said)
		if wait, bad := strconv.Atoi(r.Header.Get("Retry-After")); bad == nil && wait > 0 {
			err = fault.After(err, time.Duration(min(wait, 30))*time.Second)
		}
		return err
	}
	return fault.New(fault.Invalid, "%s refuses: %s", c.Address, said)
}

// body is the body of an answer, whose breaks are faults.
type body struct {
	io.ReadCloser
	client *Client
	ctx    context.Context //nolint:containedctx // of the one request
}

// Read reads on.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.client.failed(b.ctx, err)
	}
	return n, err
}

// Told is what the head of an answer says of a file, but for its version and its sum.
func Told(path string, answer *http.Response) files.Info {
	info := files.Info{Path: path, Size: answer.ContentLength, ETag: Unquoted(answer.Header.Get("ETag"))}
	if answer.StatusCode == http.StatusPartialContent {
		_, total, _ := strings.Cut(answer.Header.Get("Content-Range"), "/")
		size, err := strconv.ParseInt(total, 10, 64)
		if info.Size = size; err != nil {
			info.Size = files.Unknown
		}
	}
	if at, err := http.ParseTime(answer.Header.Get("Last-Modified")); err == nil {
		info.Modified = at
	}
	return info
}

// Unquoted is a tag as it is.
func Unquoted(tag string) string { return strings.Trim(strings.TrimPrefix(tag, "W/"), `"`) }

// CheckKey refuses a path that names no file at the place.
func CheckKey(address, path string) error {
	if path == "" || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") {
		return fault.New(fault.Invalid, "%q names no file in %s.", path, address)
	}
	return nil
}

// removals is how many files are taken away at once.
const removals = 16

// Remove takes files away, each by one; that one is not there is no error.
func Remove(ctx context.Context, paths []string, one func(context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(removals)
	for _, path := range paths {
		group.Go(func() error {
			if err := one(ctx, path); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			return nil
		})
	}
	return group.Wait()
}
