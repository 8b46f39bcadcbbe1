package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// status maps each fault kind to its HTTP status.
func status(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Exists, fault.Conflict:
		return http.StatusConflict
	case fault.Denied:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Limit:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Unsupported:
		return http.StatusNotImplemented
	default:
		return http.StatusInternalServerError
	}
}

// problem is a failure as RFC 9457 writes it, with the hint beside it. It is
// also the error that huma answers with.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`

	Errors []*huma.ErrorDetail `json:"errors,omitempty"` // each place of the message that is wrong

	retry int // seconds after which to come again, 0 for never
}

var (
	_ huma.StatusError  = (*problem)(nil)
	_ huma.HeadersError = (*problem)(nil)
)

// Error is the sentence for the user.
func (p *problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *problem) GetStatus() int { return p.Status }

// GetHeaders says when to come again, and by which credentials.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry != 0 {
		h.Set("Retry-After", strconv.Itoa(p.retry))
	}
	if p.Status == http.StatusUnauthorized {
		route.Challenge(h)
	}
	return h
}

// ContentType is problem+json whatever the client asked for.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// problemOf says of err what a user may read.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		own := *p
		own.Type = blank
		return &own
	}
	kind := fault.KindOf(err)
	p = &problem{Type: blank, Title: kind.String(), Status: status(kind), Detail: fault.Sentence(err), Hint: fault.HintOf(err)}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		p.retry = fault.Seconds(err, 1)
	}
	return p
}

// blank is the type of a problem that its status says all of.
const blank = "about:blank"

// fail tells err as problem+json.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	p := problemOf(err)
	if route.WrongMethod(w.Header(), err) {
		p.Status, p.Title = http.StatusMethodNotAllowed, "wrong method"
	}
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a client that went away is no failure of the request
}
