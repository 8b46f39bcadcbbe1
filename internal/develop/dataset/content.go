package dataset

import (
	"context"
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Content is the bytes of an object, opened where they are read: an io.ReadSeekCloser
// for the one request that it answers.
type Content struct {
	ctx    context.Context //nolint:containedctx // of the one request it answers
	of     *Object
	body   io.ReadCloser // nil when it must be opened
	at     int64         // where body is
	wanted int64         // where the next read begins
	failed error
}

// Content gives the bytes; the caller closes.
func (o *Object) Content(ctx context.Context) *Content { return &Content{ctx: ctx, of: o} }

// Failure is why the store did not give what was read, nil where it did. That a client
// went away is none.
func (c *Content) Failure() error { return c.failed }

// Open opens the bytes before they are read, so that an answer fails as a whole where
// they are gone.
func (c *Content) Open() error {
	if c.body != nil && c.at != c.wanted {
		_ = c.Close() // it was read
	}
	if c.body == nil {
		c.body, c.failed = c.of.From(c.ctx, c.wanted)
		c.at = c.wanted
	}
	return c.failed
}

// Seek says where the next read begins.
func (c *Content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.wanted
	case io.SeekEnd:
		offset += c.of.Size
	}
	if offset < 0 {
		return c.wanted, fault.New(fault.Invalid, "The range begins before the object.")
	}
	c.wanted = offset
	return offset, nil
}

// Read reads on from where Seek left.
func (c *Content) Read(b []byte) (int, error) {
	if err := c.Open(); err != nil {
		return 0, err
	}
	n, err := c.body.Read(b)
	c.wanted += int64(n)
	c.at = c.wanted
	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = err
	}
	return n, err
}

// Close lets go of the bytes.
func (c *Content) Close() error {
	if c.body == nil {
		return nil
	}
	err := c.body.Close()
	c.body = nil
	return err
}
