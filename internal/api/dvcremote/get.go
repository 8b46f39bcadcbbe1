package dvcremote

import (
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
	content := o.Content(r.Context())
	defer func() { _ = content.Close() }()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", strconv.Quote(o.ID.String()))
	for _, condition := range []string{"Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"} {
		if r.Header.Get(condition) != "" || r.Method == http.MethodHead {
			http.ServeContent(w, r, "", o.Pushed, content)
			return content.Failure()
		}
	}
	return whole(w, o, content)
}

// whole sends an object from its beginning to its end. Its bytes are opened before
// the head is sent: where they are gone, the request fails.
func whole(w http.ResponseWriter, o *dataset.Object, c *dataset.Content) error {
	if err := c.Open(); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Length", strconv.FormatInt(o.Size, 10))
	h.Set("Last-Modified", o.Pushed.UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusOK)
	n, err := io.Copy(w, c)
	if err == nil && n < o.Size {
		return fault.New(fault.Internal, "The object %s has %d bytes of %d in the store.", o.ID, n, o.Size)
	}
	return c.Failure() // not err: that a client goes away is no failure, dvc asks so whether there is one
}
