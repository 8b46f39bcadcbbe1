// Package client speaks tacit's own API to a server: over TCP by its address,
// or over the socket in its folder.
//
// Words. A call is sent again when the server may not have taken it up, or
// asks to come again; a write carries an Idempotency-Key of its own, so that
// it is carried out once however often it is sent. A failure is a fault with
// the server's sentence and hint.
//
// It is for commands of this program, which share the bodies of package rest;
// programs of others have docs/openapi.json.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
)

const (
	// callTime bounds one sending of a call, unless Config says another.
	callTime = time.Minute
	// usualPause is waited before a call is sent again, mostPause at most.
	usualPause = time.Second
	mostPause  = 10 * time.Second
	// maxAnswer bounds an answer, in bytes: a page of runs with large inputs.
	maxAnswer = 256 << 20
)

// Config says how calls are made.
type Config struct {
	Workspace string        // "" for the server's own
	Token     string        // to sign in with; "" for none
	Key       func() string // makes the key of a write; needed by Send alone
	Attempts  int           // how often a call is sent at most, 0 means once
	// CallTime bounds one sending of a call; 0 means a minute.
	CallTime time.Duration
	// Pause waits before a call is sent again; nil waits for as long as told.
	Pause func(context.Context, time.Duration) error
}

// Client calls one server.
type Client struct {
	Config
	root string // the address of the server
	base string // up to the path of the API, with the workspace
	name string // of the server, for messages
	http *http.Client
}

// ByURL gives a client of the server at an address that people use, path
// prefix and workspace included: https://ml.example.org/tacit/w/team.
// fault.Invalid.
func ByURL(address string, c Config) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.WithHint(fault.Because(err, fault.Invalid, "%q is not the address of a server.", address), "give it as http://127.0.0.1:5000")
	}
	return c.client(strings.TrimRight(address, "/"), address, &http.Client{Timeout: c.callTime()}), nil
}

// ByFolder gives a client of the server that uses the folder at path, over its
// socket. Whether one does shows at the first call.
func ByFolder(path string, c Config) *Client {
	return c.client("http://tacit", "the folder "+path, folder.Client(path, c.callTime()))
}

func (c Config) callTime() time.Duration { return cmp.Or(c.CallTime, callTime) }

func (c Config) client(base, name string, h *http.Client) *Client {
	if c.Pause == nil {
		c.Pause = pause
	}
	return (&Client{Config: c, root: base, name: name, http: h}).In(c.Workspace)
}

// In gives a client of the same server in another workspace, "" for the server's
// own. It shares the connections.
func (c *Client) In(workspace string) *Client {
	in := *c
	in.Workspace, in.base = workspace, c.root
	if workspace != "" {
		in.base += "/w/" + url.PathEscape(workspace)
	}
	in.base += "/api/v1"
	return &in
}

// Close lets go of connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Server asks what the server is.
func (c *Client) Server(ctx context.Context) (rest.ServerBody, error) {
	return Get[rest.ServerBody](ctx, c, "/server", nil)
}

// Checks has the server look at what it stands on.
func (c *Client) Checks(ctx context.Context) ([]rest.CheckBody, error) {
	page, err := Get[rest.Page[rest.CheckBody]](ctx, c, "/server/checks", nil)
	return page.Items, err
}

// Get reads what is at a path below the API.
func Get[T any](ctx context.Context, c *Client, path string, query url.Values) (into T, err error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return into, c.call(ctx, http.MethodGet, path, nil, &into)
}

// All reads all pages of a list, and gives each item until each says no.
func All[T any](ctx context.Context, c *Client, path string, query url.Values, each func(T) (more bool, err error)) error {
	asked := url.Values{}
	for name, values := range query {
		asked[name] = values
	}
	for {
		page, err := Get[rest.Page[T]](ctx, c, path, asked)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if more, err := each(item); err != nil || !more {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		asked.Set("page", page.Next)
	}
}

// Send writes: the message is made JSON, and the answer read into into; either
// may be nil.
func (c *Client) Send(ctx context.Context, method, path string, message, into any) error {
	var body []byte
	if message != nil {
		var err error
		if body, err = json.Marshal(message); err != nil {
			return err
		}
	}
	return c.call(ctx, method, path, body, into)
}

// call sends a request until it is answered for good.
func (c *Client) call(ctx context.Context, method, path string, body []byte, into any) (err error) {
	defer fault.Wrap(&err, "client.%s(%s)", method, path)
	key := ""
	if method != http.MethodGet {
		key = c.Key()
	}
	for attempt := 1; ; attempt++ {
		again, err := c.send(ctx, method, path, key, body, into)
		if err == nil || again == 0 || attempt >= c.Attempts {
			return err
		}
		if err := c.Pause(ctx, again); err != nil {
			return err
		}
	}
}

// send sends a request once. again says how long to wait before it may be sent
// once more, 0 for never.
func (c *Client) send(ctx context.Context, method, path, key string, body []byte, into any) (again time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return usualPause, c.unreached(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return usualPause, c.unreached(ctx, err)
	}
	switch {
	case len(content) > maxAnswer:
		return 0, fault.New(fault.Limit, "The answer of %s is too large.", c.name)
	case answer.StatusCode >= http.StatusBadRequest:
		return comeAgain(answer.Header), c.refused(answer, content)
	case into == nil || len(content) == 0:
		return 0, nil
	}
	if err := json.Unmarshal(content, into); err != nil {
		return 0, fault.WithHint(fault.Because(err, fault.Unsupported, "What answers at %s is not tacit.", c.name), "check the address")
	}
	return 0, nil
}

// unreached says that the server did not answer. What ended by the caller's
// own will stays what it is.
func (c *Client) unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fault.WithHint(fault.Because(err, fault.Unavailable, "No tacit answers at %s.", c.name), "start one with tacit up, or check the address")
}

// refused makes the fault that a problem tells of.
func (c *Client) refused(answer *http.Response, content []byte) error {
	var p struct {
		Detail string `json:"detail"`
		Hint   string `json:"hint"`
	}
	if json.Unmarshal(content, &p) != nil || p.Detail == "" {
		return fault.WithHint(fault.New(fault.Unsupported, "What answers at %s is not tacit: %s.", c.name, answer.Status), "check the address")
	}
	return &fault.Error{Kind: kind(answer.StatusCode), Message: p.Detail, Hint: p.Hint}
}

// kind is the fault that a status stands for.
func kind(status int) fault.Kind {
	switch status {
	case http.StatusUnauthorized:
		return fault.Unauthenticated
	case http.StatusForbidden:
		return fault.Denied
	case http.StatusNotFound:
		return fault.NotFound
	case http.StatusConflict:
		return fault.Conflict
	case http.StatusTooManyRequests:
		return fault.Limit
	case http.StatusNotImplemented:
		return fault.Unsupported
	case http.StatusServiceUnavailable:
		return fault.Unavailable
	}
	if status < http.StatusInternalServerError {
		return fault.Invalid
	}
	return fault.Internal
}

// comeAgain is how long the server asks to wait, 0 when it does not.
func comeAgain(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(max(time.Duration(seconds)*time.Second, usualPause), mostPause)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
