package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// MaxBody bounds a JSON request, in bytes: ten times what a client's largest
// allowed batch takes.
const MaxBody = 32 << 20

// rpc makes the two routes of one RPC: path is below /api and /ajax-api, as in
// "/2.0/mlflow/runs/get". Request fields are found by their json tags, in the
// body, or in the query of a GET or HEAD, and of a DELETE without a body; a pointer field is nil when absent. A path
// wildcard {x} fills the field with the tag x. A route without objects gets its
// scope by scoped.
func rpc[Req, Resp any](method, path, action string, objects func(*Req) []route.Object, call func(context.Context, *Req) (*Resp, error)) []route.Route {
	r := route.Route{
		Method: method,
		Action: action,
		Decode: func(r *http.Request) (any, error) {
			m := new(Req)
			return m, decode(r, m, wildcards(path))
		},
		Serve: func(w http.ResponseWriter, r *http.Request, m any) error {
			answer, err := call(r.Context(), m.(*Req))
			if err != nil {
				return err
			}
			return respond(w, answer)
		},
	}
	if objects != nil {
		r.Objects = func(_ *http.Request, m any) []route.Object { return objects(m.(*Req)) }
	}
	return both(path, r)
}

// scoped says on what the actions of routes are asked that name no objects.
func scoped(s route.Scope, routes []route.Route) []route.Route {
	for i := range routes {
		routes[i].Scope = s
	}
	return routes
}

// naming says by what is kept, and not by the message alone, what routes touch.
func naming(objects func(*http.Request, any) []route.Object, routes []route.Route) []route.Route {
	for i := range routes {
		routes[i].Objects = objects
	}
	return routes
}

// both mounts r below /api and /ajax-api.
func both(path string, r route.Route) []route.Route {
	api, ajax := r, r
	api.Pattern = "/api" + path
	ajax.Pattern = "/ajax-api" + path
	return []route.Route{api, ajax}
}

// empty answers with {}.
type empty struct{}

// respond writes answer as JSON, in a Content-Length response.
func respond(w http.ResponseWriter, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return respondJSON(w, body)
}

func respondJSON(w http.ResponseWriter, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that went away is no failure of the request
	return nil
}

func wildcards(path string) []string {
	var names []string
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.Trim(part, "{}."))
		}
	}
	return names
}

// decode reads the message of r into m.
func decode(r *http.Request, m any, wild []string) error {
	var body []byte
	inQuery := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodDelete && r.ContentLength == 0
	if query := r.URL.Query(); inQuery && len(query) > 0 {
		body = queryJSON(query, reflect.TypeOf(m).Elem())
	} else {
		var err error
		if body, err = readBody(r); err != nil {
			return err
		}
	}
	if err := unmarshal(body, m); err != nil {
		return err
	}
	if len(wild) == 0 {
		return nil
	}
	path := map[string]string{}
	for _, name := range wild {
		path[name] = r.PathValue(name)
	}
	b, err := json.Marshal(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, m)
}

func readBody(r *http.Request) ([]byte, error) {
	if err := checkBody(r); err != nil || r.Body == nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(body) > MaxBody {
		return nil, tooLarge(int64(len(body)))
	}
	return body, nil
}

// checkBody refuses a body that is no JSON by its own word, or too large.
func checkBody(r *http.Request) error {
	if r.Method == http.MethodPost {
		header := r.Header.Get("Content-Type")
		if header == "" && len(r.Header["Content-Type"]) == 0 {
			return fault.New(fault.Invalid, "Bad Request. Content-Type header is missing.")
		}
		if kind, _, _ := strings.Cut(header, ";"); kind != "application/json" {
			return fault.New(fault.Invalid, "Bad Request. Content-Type must be one of ['application/json'].")
		}
	}
	if r.ContentLength > MaxBody {
		return tooLarge(r.ContentLength)
	}
	return nil
}

func unreadable(cause error) error {
	return fault.Because(cause, fault.Invalid, "The request's body could not be read.")
}

func tooLarge(n int64) error {
	err := fault.New(fault.Invalid, "The request has %d bytes or more, at most %d are taken.", n, MaxBody)
	return &coded{error: err, status: http.StatusRequestEntityTooLarge, code: InvalidParameterValue}
}

// unmarshal reads JSON as MLflow's server does: nothing is an empty message, a
// JSON string holds the message, unknown fields are ignored. Broken JSON, which
// is an empty message there, is refused: a search would find nothing.
func unmarshal(body []byte, m any) error {
	if len(body) > 0 && body[0] == '"' {
		var inner string
		if label.JSON(body) == nil && json.Unmarshal(body, &inner) == nil {
			body = []byte(inner)
		}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if !json.Valid(body) {
		return broken(body)
	}
	if err := label.JSON(body); err != nil {
		return err
	}
	err := json.Unmarshal(body, m)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field == "" {
		return fault.New(fault.Invalid, "The message must be a JSON object, and is a value of type '%s'."+seeDocs, pythonType(bytes.TrimSpace(body)))
	}
	if errors.As(err, &wrong) && strings.HasPrefix(wrong.Value, fraction) {
		return notWhole(wrong.Field, strings.TrimPrefix(wrong.Value, fraction))
	}
	if errors.As(err, &wrong) {
		return wrongType(body, wrong.Field)
	}
	if err != nil {
		return fault.Because(err, fault.Invalid, "%s", err.Error())
	}
	return nil
}

// broken says where body stops being JSON: lines and bytes are counted from 1.
func broken(body []byte) error {
	var ignored any
	err := json.Unmarshal(body, &ignored)
	var wrong *json.SyntaxError
	if !errors.As(err, &wrong) {
		return fault.Because(err, fault.Invalid, "The message is not JSON.")
	}
	at := int(min(max(wrong.Offset, 1), int64(len(body)))) - 1
	line, start := 1+bytes.Count(body[:at], []byte{'\n'}), 1+bytes.LastIndexByte(body[:at], '\n')
	remedy := ""
	if rest := body[at:]; bytes.HasPrefix(rest, []byte("NaN")) || bytes.HasPrefix(rest, []byte("Infinity")) {
		remedy = " JSON has no such number: send it as a text, in quotes."
	}
	return fault.New(fault.Invalid, "The message is not JSON: %s, at line %d, byte %d.%s", wrong.Error(), line, at-start+1, remedy)
}

// seeDocs ends MLflow's messages about parameters.
const seeDocs = " See the API docs for more information about request parameters."

// missing says that a required parameter is absent or empty.
func missing(name string) error {
	return fault.New(fault.Invalid, "Missing value for required parameter '%s'."+seeDocs, name)
}

// required checks pairs of name and value in their order.
func required(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return missing(pairs[i])
		}
	}
	return nil
}

// wrongType says that the field at path has a value of another type.
func wrongType(body []byte, path string) error {
	name, _, _ := strings.Cut(path, ".")
	var fields map[string]json.RawMessage
	value := json.RawMessage("null")
	if json.Unmarshal(body, &fields) == nil && fields[name] != nil {
		value = fields[name]
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil || compact.Len() > 1000 {
		compact.Reset()
		compact.WriteString("…")
	}
	return fault.New(fault.Invalid, "Invalid value %s for parameter '%s' supplied:  Hint: Value was of type '%s'."+seeDocs, compact.String(), name, pythonType(value))
}

// pythonType names the type of a JSON value as MLflow's messages do.
func pythonType(value json.RawMessage) string {
	switch {
	case len(value) == 0 || value[0] == 'n':
		return "NoneType"
	case value[0] == '"':
		return "str"
	case value[0] == '[':
		return "list"
	case value[0] == '{':
		return "dict"
	case value[0] == 't' || value[0] == 'f':
		return "bool"
	case bytes.ContainsAny(value, ".eE"):
		return "float"
	}
	return "int"
}

// queryJSON turns a query into the JSON of a message of type t: repeated keys
// are lists, numbers and booleans are such where t says so.
func queryJSON(query url.Values, t reflect.Type) []byte {
	m := map[string]any{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		values, ok := query[name]
		if !ok || len(values) == 0 {
			continue
		}
		kind := field.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if kind.Kind() == reflect.Slice {
			m[name] = values
			continue
		}
		m[name] = values[0]
		switch kind.Kind() {
		case reflect.Bool:
			m[name] = values[0] == "true"
		case reflect.Int64, reflect.Int32, reflect.Int, reflect.Float64:
			m[name] = json.RawMessage(values[0])
			if !json.Valid([]byte(values[0])) {
				m[name] = values[0]
			}
		}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil
	}
	return body
}
