package mlflow

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Code is an MLflow error code.
type Code string

// The error codes that tacit answers with.
const (
	InvalidParameterValue  Code = "INVALID_PARAMETER_VALUE"
	BadRequest             Code = "BAD_REQUEST"
	ResourceDoesNotExist   Code = "RESOURCE_DOES_NOT_EXIST"
	ResourceAlreadyExists  Code = "RESOURCE_ALREADY_EXISTS"
	ResourceConflict       Code = "RESOURCE_CONFLICT"
	InvalidState           Code = "INVALID_STATE"
	EndpointNotFound       Code = "ENDPOINT_NOT_FOUND"
	PermissionDenied       Code = "PERMISSION_DENIED"
	Unauthenticated        Code = "UNAUTHENTICATED"
	RequestLimitExceeded   Code = "REQUEST_LIMIT_EXCEEDED"
	TemporarilyUnavailable Code = "TEMPORARILY_UNAVAILABLE"
	NotImplemented         Code = "NOT_IMPLEMENTED"
	InternalError          Code = "INTERNAL_ERROR"
)

// answer maps each fault kind to MLflow's status and code. A client repeats
// 429 and 5xx for minutes: what the user did wrong is never among them.
func answer(kind fault.Kind) (status int, code Code) {
	switch kind {
	case fault.Invalid:
		return http.StatusBadRequest, InvalidParameterValue
	case fault.NotFound:
		return http.StatusNotFound, ResourceDoesNotExist
	case fault.Exists:
		return http.StatusBadRequest, ResourceAlreadyExists
	case fault.Conflict:
		return http.StatusConflict, ResourceConflict
	case fault.Denied:
		return http.StatusForbidden, PermissionDenied
	case fault.Unauthenticated:
		return http.StatusUnauthorized, Unauthenticated
	case fault.Limit:
		return http.StatusTooManyRequests, RequestLimitExceeded
	case fault.Unavailable:
		return http.StatusServiceUnavailable, TemporarilyUnavailable
	case fault.Unsupported:
		return http.StatusNotImplemented, NotImplemented
	default:
		return http.StatusInternalServerError, InternalError
	}
}

// classify gives the finer names that MLflow derives from a code, "" for codes
// that it derives none from.
func classify(code Code) (sqlstate, class string) {
	switch code {
	case InvalidParameterValue, ResourceAlreadyExists, PermissionDenied:
		return "KAM00", string(code)
	case ResourceDoesNotExist, EndpointNotFound:
		return "KAM00", "RESOURCE_NOT_FOUND"
	case InternalError, TemporarilyUnavailable:
		return "XXM00", "CLIENT_INTERNAL_ERROR"
	}
	return "", ""
}

// coded is an error that answers with a code and status of its own where
// MLflow's are not the kind's.
type coded struct {
	error
	status int
	code   Code
}

// Unwrap gives the error below.
func (c *coded) Unwrap() error { return c.error }

// told is the beginning of messages that scripts for MLflow look for. MLflow
// tells them as plain text, which its clients show and give the same code.
func told(code Code) string {
	switch code {
	case PermissionDenied:
		return "Permission denied. "
	case Unauthenticated:
		return "You are not authenticated. "
	}
	return ""
}

// capital begins a hint as a sentence is begun; the name of a command stays.
func capital(hint string) string {
	if hint == "tacit" || strings.HasPrefix(hint, "tacit ") {
		return hint
	}
	first, size := utf8.DecodeRuneInString(hint)
	return string(unicode.ToUpper(first)) + hint[size:]
}

// fail tells err in MLflow's words.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	status, code := answer(fault.KindOf(err))
	var own *coded
	var unknown *route.NoRoute
	switch {
	case errors.As(err, &own):
		status, code = own.status, own.code
	case errors.As(err, &unknown):
		status, code = http.StatusNotFound, EndpointNotFound
	}
	message := told(code) + fault.Sentence(err)
	if hint := fault.HintOf(err); hint != "" {
		message += " " + capital(hint)
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(fault.Seconds(err, 1)))
	}
	if status == http.StatusUnauthorized {
		route.Challenge(w.Header())
	}
	state, class := classify(code)
	body, marshalErr := json.Marshal(struct {
		Code    Code   `json:"error_code"`
		Message string `json:"message"`
		State   string `json:"sqlstate,omitempty"`
		Class   string `json:"error_class,omitempty"`
	}{code, message, state, class})
	if marshalErr != nil {
		body = []byte(`{"error_code":"INTERNAL_ERROR"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
