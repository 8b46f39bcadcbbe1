package s3

import (
	"bytes"
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// refusal is a failure with a code of S3 of its own.
type refusal struct {
	error
	code string
}

// Unwrap gives the error below.
func (r *refusal) Unwrap() error { return r.error }

// answer is the status and code of a kind, one table for all.
func answer(err error) (int, string) {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return http.StatusBadRequest, "InvalidArgument"
	case fault.NotFound:
		return http.StatusNotFound, "NoSuchKey"
	case fault.Conflict, fault.Exists:
		return http.StatusConflict, "OperationAborted"
	case fault.Denied:
		return http.StatusForbidden, "AccessDenied"
	case fault.Unauthenticated:
		return http.StatusUnauthorized, "InvalidAccessKeyId"
	case fault.Limit:
		if fault.Seconds(err, 0) > 0 { // too often, not too much
			return http.StatusServiceUnavailable, "SlowDown"
		}
		return http.StatusBadRequest, "EntityTooLarge"
	case fault.Unavailable:
		return http.StatusServiceUnavailable, "ServiceUnavailable"
	case fault.Unsupported:
		return http.StatusNotImplemented, "NotImplemented"
	}
	return http.StatusInternalServerError, "InternalError"
}

// fail tells err in S3's words.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	status, code := answer(err)
	var own *refusal
	switch {
	case route.WrongMethod(w.Header(), err):
		status, code = http.StatusMethodNotAllowed, "MethodNotAllowed"
	case errors.As(err, &own):
		code = own.code
	}
	if status == http.StatusUnauthorized {
		route.Challenge(w.Header())
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(fault.Seconds(err, 1)))
	}
	message := fault.Sentence(err)
	if hint := fault.HintOf(err); hint != "" {
		message += " " + hint
	}
	_ = respond(w, status, struct { // a client that went away is no failure
		XMLName  string `xml:"Error"`
		Code     string
		Message  string
		Resource string
	}{Code: code, Message: message, Resource: r.URL.Path})
}

// respond answers with XML.
func respond(w http.ResponseWriter, status int, body any) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(body); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/xml")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that went away is no failure
	return nil
}
