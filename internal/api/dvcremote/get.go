package dvcremote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// get answers with an object, or the parts of it that the request asks for. It is
// data, never a page of this host, and does not change: its name is its hash.
func (f face) get(w http.ResponseWriter, r *http.Request, message any) error {
	m := message.(place)
	o, err := f.remotes.At(r.Context(), m.remote, m.path)
	if err != nil {
		return err
	}
	content := &content{ctx: r.Context(), of: o}
	defer func() { _ = content.Close() }()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", strconv.Quote(o.ID.String()))
	for _, condition := range []string{"Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"} {
		if r.Header.Get(condition) != "" || r.Method == http.MethodHead {
			http.ServeContent(w, r, "", o.Pushed, content)
			return nil
		}
	}
	return whole(w, content)
}

// whole sends an object from its beginning to its end. Its bytes are opened before
// the head is sent: where they are gone, the request fails.
func whole(w http.ResponseWriter, c *content) error {
	if err := c.open(); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Length", strconv.FormatInt(c.of.Size, 10))
	h.Set("Last-Modified", c.of.Pushed.UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusOK)
	from := &noting{Reader: c.body}
	n, err := io.Copy(w, from)
	if err == nil && n < c.of.Size {
		return fault.New(fault.Internal, "The object %s has %d bytes of %d in the store.", c.of.ID, n, c.of.Size)
	}
	return from.err // not err: that a client goes away is no failure, dvc asks so whether there is one
}

// noting remembers why a reader failed.
type noting struct {
	io.Reader
	err error
}

// Read reads on.
func (n *noting) Read(b []byte) (int, error) {
	c, err := n.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return c, err
}

// content is an object that is opened where it is read.
type content struct {
	ctx    context.Context //nolint:containedctx // of the one request it answers
	of     *dataset.Object
	body   io.ReadCloser // nil when it must be opened at wanted
	wanted int64         // where the next read begins
}

func (c *content) open() (err error) {
	c.body, err = c.of.From(c.ctx, c.wanted)
	return err
}

// Seek says where the next read begins.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.wanted
	case io.SeekEnd:
		offset += c.of.Size
	}
	if offset < 0 {
		return c.wanted, fault.New(fault.Invalid, "The range begins before the object.")
	}
	if offset != c.wanted {
		_ = c.Close()
	}
	c.wanted = offset
	return offset, nil
}

// Read reads on from where Seek left.
func (c *content) Read(b []byte) (int, error) {
	if c.body == nil {
		if err := c.open(); err != nil {
			return 0, err
		}
	}
	n, err := c.body.Read(b)
	c.wanted += int64(n)
	return n, err
}

// Close lets go of the bytes.
func (c *content) Close() error {
	if c.body == nil {
		return nil
	}
	err := c.body.Close()
	c.body = nil
	return err
}
