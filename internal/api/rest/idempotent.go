package rest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/idempotency"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
)

// Answers keeps the answers of writes that carry a key.
type Answers interface {
	// Begin claims a key of the caller for a request told by its hash.
	Begin(ctx context.Context, key, request string) (idempotency.Begun, error)
}

// writes reports whether requests of a method change something.
func writes(method string) bool { return method != http.MethodGet && method != http.MethodHead }

// serving answers one request, and tells why it failed.
type serving func(w http.ResponseWriter, r *http.Request) error

// once serves a write. One that carries a key is carried out once: who comes
// again gets the answer of the first.
func (f *face) once(w http.ResponseWriter, r *http.Request, o operation, body []byte, serve serving) error {
	r.Body = io.NopCloser(bytes.NewReader(body))
	keys := r.Header.Values(keyHeader)
	if len(keys) == 0 {
		return serve(w, r)
	}
	if len(keys) > 1 {
		return fault.New(fault.Invalid, "The request has %d headers %s, and may have one.", len(keys), keyHeader)
	}
	told := body
	if o.secret() {
		told = nil // a password could be guessed from the hash of its message
	}
	begun, err := f.Answers.Begin(r.Context(), keys[0], hashOf(r, told))
	if err != nil {
		return err
	}
	switch begun.Outcome {
	case idempotency.Answered:
		w.Header().Set(replayedHeader, "true")
		tell(w, begun.Answer)
		return nil
	case idempotency.Busy:
		return &problem{Status: http.StatusConflict, Title: "in progress", retry: 1,
			Detail: "The first request with this " + keyHeader + " is being carried out.", Hint: "ask again in a second"}
	case idempotency.Reused:
		return &problem{Status: http.StatusUnprocessableEntity, Title: "key used before",
			Detail: "This " + keyHeader + " came before with another method, path or body.", Hint: "use a new key for another request"}
	case idempotency.Lost:
		return &problem{Status: http.StatusConflict, Title: "answer lost",
			Detail: "The first request with this " + keyHeader + " was carried out, and its answer is lost.", Hint: "look at what it changed; it is not carried out again"}
	}
	return carryOut(w, r, begun.Claim, o.secret(), serve)
}

// carryOut serves under a claim and keeps the answer. An answer that asks to
// come again is not kept, nor one that holds a secret: it is lost to who asks
// again.
func carryOut(w http.ResponseWriter, r *http.Request, claim *idempotency.Claim, secret bool, serve serving) (err error) {
	ended := false
	defer func() {
		if !ended {
			err = errors.Join(err, claim.Release(r.Context()))
		}
	}()
	given := &answer{header: http.Header{}}
	err = serve(given, r.WithContext(claim.Within(r.Context())))
	kept := idempotency.Answer{Status: cmp.Or(given.status, http.StatusOK), Header: map[string]string{}, Body: given.body.Bytes()}
	for name := range given.header {
		kept.Header[name] = given.header.Get(name)
	}
	if !secret && kept.Status != http.StatusTooManyRequests && kept.Status < http.StatusInternalServerError {
		// Where it cannot be kept the client still gets it: it is true.
		notKept := claim.Keep(r.Context(), kept)
		ended = notKept == nil
		err = errors.Join(err, notKept)
	}
	tell(w, kept)
	return err
}

// hashOf tells a request from others: its method, path with query, and body.
func hashOf(r *http.Request, body []byte) string {
	h := sha256.New()
	_, _ = io.WriteString(h, r.Method+" "+r.URL.RequestURI()+"\n") // a hash takes all
	_, _ = h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// tell writes an answer.
func tell(w http.ResponseWriter, a idempotency.Answer) {
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a client that went away is no failure of the request
}

// answer holds back what is answered until it is kept.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the answer's.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader notes the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write holds the bytes.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}
