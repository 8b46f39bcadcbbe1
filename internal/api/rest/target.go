package rest

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// target is what an operation acts on: a scope, or objects that path, query
// and message name.
type target struct {
	scope   route.Scope
	objects func(r *http.Request, body []byte) []route.Object
	// workspace and anywhere are those of route.Route.
	workspace func(*http.Request) string
	anywhere  bool
}

// The targets of what names no object.
var (
	whole  = target{scope: route.Whole}
	listed = target{scope: route.Listed}
)

// object names the thing of a kind that segments of the path tell.
func object(kind string, segments ...string) target {
	return target{objects: func(r *http.Request, _ []byte) []route.Object {
		path := make([]string, len(segments))
		for i, s := range segments {
			path[i] = r.PathValue(s)
		}
		return route.On(urn.New(kind, path...))
	}}
}

// numbered is object where the last segment is a number, which a client may
// write in several ways.
func numbered(kind string, segments ...string) target {
	return target{objects: func(r *http.Request, _ []byte) []route.Object {
		path := make([]string, len(segments))
		for i, s := range segments {
			path[i] = r.PathValue(s)
		}
		path[len(path)-1] = plain(path[len(path)-1])
		return route.On(urn.New(kind, path...))
	}}
}

// plain is a number as it is written usually. What is none stays, and is
// refused where it is read.
func plain(number string) string {
	if n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return number
}

// queried names the things of a kind whose numbers a parameter of the query
// tells.
func queried(kind, parameter string) target {
	return target{objects: func(r *http.Request, _ []byte) []route.Object {
		ids := r.URL.Query()[parameter]
		for i := range ids {
			ids[i] = plain(ids[i])
		}
		return eachOf(kind, ids, "")
	}}
}

// eachOf names things of a kind by their ids, each once and none that is empty.
func eachOf(kind string, ids []string, action string) []route.Object {
	var objects []route.Object
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if id != "" && !seen[id] {
			seen[id] = true
			objects = append(objects, route.For(action, urn.New(kind, id)))
		}
	}
	return objects
}

// naming adds what the message of a write names.
func naming[Body any](t target, named func(r *http.Request, m Body) []route.Object) target {
	return target{objects: func(r *http.Request, body []byte) []route.Object {
		objects := t.objects(r, body)
		var m Body
		if json.Unmarshal(body, &m) != nil {
			return objects // huma refuses the message in the same way
		}
		return append(objects, named(r, m)...)
	}}
}

// decode reads the message of a write, whole: what it names is asked for
// before it is served.
func decode(r *http.Request) (any, error) {
	if r.ContentLength > maxBody {
		return nil, tooLarge()
	}
	from := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		packed, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, fault.Because(err, fault.Invalid, "The request's body is not packed by gzip, as its Content-Encoding says.")
		}
		from = packed
		r.Header.Del("Content-Encoding")
	}
	body, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The request's body could not be read.")
	}
	if len(body) > maxBody {
		return nil, tooLarge()
	}
	return body, label.JSON(body)
}

func tooLarge() error {
	return &problem{Status: http.StatusRequestEntityTooLarge, Title: "too large", Detail: "The request's body has more bytes than are taken.", Hint: "send less at a time"}
}

// body is the message that decode read, nil for none.
func body(message any) []byte {
	b, _ := message.([]byte)
	return b
}
