package s3

import (
	"encoding/xml"
	"io"
	"net/http"
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// get answers with what lies at a key, or the parts of it that the request asks for.
func (f face) get(w http.ResponseWriter, r *http.Request, m *asked) error {
	for _, part := range []string{"acl", "tagging", "versions", "attributes", "uploadId"} {
		if r.URL.Query().Has(part) {
			return fault.New(fault.Unsupported, "There is no %s of objects here.", part)
		}
	}
	o, s, err := f.remotes.Any(r.Context(), m.bucket, m.key)
	if err != nil {
		return err
	}
	c := o.Content(r.Context())
	defer func() { _ = c.Close() }() // it was read
	if r.Method == http.MethodGet {  // where the bytes are gone, the request fails before its head is sent
		if err := c.Open(); err != nil {
			return err
		}
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment")
	h.Set("ETag", strconv.Quote(s.ETag))
	http.ServeContent(w, r, "", s.Pushed, c)
	return c.Failure()
}

// put stores an object, or a part of one.
func (f face) put(w http.ResponseWriter, r *http.Request, m *asked) error {
	query := r.URL.Query()
	if query.Has("uploadId") {
		return f.putPart(w, r, m)
	}
	if err := unconditional(r); err != nil {
		return err
	}
	if r.Header.Get("X-Amz-Copy-Source") != "" {
		return fault.New(fault.Unsupported, "Objects are not copied here: push them.")
	}
	for _, part := range []string{"acl", "tagging"} {
		if query.Has(part) {
			return fault.New(fault.Unsupported, "There is no %s of objects here.", part)
		}
	}
	s, err := f.remotes.Put(r.Context(), m.bucket, m.key, m.body)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", strconv.Quote(s.ETag))
	w.WriteHeader(http.StatusOK)
	return nil
}

// unconditional refuses a change that is asked for on a condition: it would be made
// although that does not hold.
func unconditional(r *http.Request) error {
	for _, condition := range []string{"If-Match", "If-None-Match"} {
		if r.Header.Get(condition) != "" {
			return fault.New(fault.Unsupported, "Nothing is stored or taken out on a condition (%s) here.", condition)
		}
	}
	return nil
}

// remove takes one key out, or forgets an upload. That there is none is no error.
func (f face) remove(w http.ResponseWriter, r *http.Request, m *asked) error {
	if err := unconditional(r); err != nil {
		return err
	}
	if m.key == "" {
		return fault.New(fault.Unsupported, "A remote is not taken away here; its objects are.")
	}
	if upload := r.URL.Query().Get("uploadId"); upload != "" {
		if err := f.remotes.AbortUpload(r.Context(), m.bucket, m.key, upload); err != nil {
			return noUpload(err)
		}
	} else if _, err := f.remotes.Remove(r.Context(), m.bucket, m.key); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// maxMessage bounds a message of XML, in bytes: a thousand keys of a kilobyte.
const maxMessage = 4 << 20

// read reads a message of XML.
func read(m *asked, into any) error {
	text, err := io.ReadAll(io.LimitReader(m.body, maxMessage+1))
	if err != nil {
		return err
	}
	if len(text) > maxMessage {
		return fault.New(fault.Limit, "The message has more than %d bytes.", maxMessage)
	}
	if err := xml.Unmarshal(text, into); err != nil {
		return &refusal{fault.Because(err, fault.Invalid, "The message cannot be read."), "MalformedXML"}
	}
	return nil
}

// removeMany takes up to a thousand keys out.
func (f face) removeMany(w http.ResponseWriter, r *http.Request, m *asked) error {
	if !r.URL.Query().Has("delete") {
		return fault.New(fault.Unsupported, "Nothing of that kind is done with a bucket here.")
	}
	type object struct{ Key string }
	var message struct {
		Quiet  bool
		Object []object
	}
	if err := read(m, &message); err != nil {
		return err
	}
	const most = 1000
	if len(message.Object) > most {
		return fault.New(fault.Limit, "A request takes at most %d objects out.", most)
	}
	paths := make([]string, len(message.Object))
	for i, o := range message.Object {
		paths[i] = o.Key
	}
	if _, err := f.remotes.Remove(r.Context(), m.bucket, paths...); err != nil {
		return err
	}
	var answer struct {
		XMLName string `xml:"DeleteResult"`
		Deleted []object
	}
	if !message.Quiet {
		answer.Deleted = message.Object
	}
	return respond(w, http.StatusOK, answer)
}
