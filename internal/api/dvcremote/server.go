package dvcremote

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/inspection"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Remotes are the use cases that the face calls.
type Remotes interface {
	At(ctx context.Context, remote, path string) (*dataset.Object, error)
	Push(ctx context.Context, remote, path string, r io.Reader) (isNew bool, err error)
	Lacks(ctx context.Context, remote string, ids []object.ID) ([]object.ID, error)
	PushPack(ctx context.Context, remote string, r io.Reader) (n int, err error)
	SendPack(ctx context.Context, remote string, ids []object.ID, w io.Writer) error
	Begun(ctx context.Context, remote string, id object.ID) (dataset.Begun, error)
	Resume(ctx context.Context, remote string, id object.ID, from int64, r io.Reader) (isNew bool, err error)
	NoteInspection(ctx context.Context, remote string, o inspection.Outcome) error
	Register(ctx context.Context, remote string, all []registration.Registration) (n int, err error)
}

// Prefix is where the face is.
const Prefix = "/dvc/"

// New gives the face.
func New(remotes Remotes) route.Face {
	f := face{remotes}
	at := Prefix + "{name}/"
	row := func(method, pattern, action string, decode func(*http.Request) (any, error), serve func(http.ResponseWriter, *http.Request, any) error) route.Route {
		return route.Route{Method: method, Pattern: pattern, Action: action, Decode: decode, Objects: objects, Serve: serve, Stream: true}
	}
	return route.Face{
		Name: "dvcremote", Fail: fail,
		Owns: func(_ *http.Request, path string) bool { return strings.HasPrefix(path, Prefix) },
		Routes: []route.Route{
			row("GET", at+"{path...}", "data.read", decode, f.get),
			row("POST", at+"{path...}", "data.push", decode, f.push),
			row("PUT", at+"{path...}", "data.push", decode, f.push),
			row("GET", at+".tacit", "data.read", decodeName, f.offer),
			row("POST", at+".tacit/lacks", "data.read", decodeName, f.lacks),
			row("POST", at+".tacit/pack", "data.push", decodeName, f.pushPack),
			row("POST", at+".tacit/objects", "data.read", decodeName, f.sendPack),
			row("GET", at+".tacit/begun/{object}", "data.read", decodePiece, f.begun),
			row("POST", at+".tacit/begun/{object}/{from}", "data.push", decodePiece, f.resume),
			row("POST", at+".tacit/places", "data.push", decodeName, f.register),
			row("POST", at+".tacit/inspection", "data.push", decodeName, f.inspected),
		},
	}
}

type face struct{ remotes Remotes }

// place is what a request is about: an object's path in a remote, or "" for the
// remote.
type place struct{ remote, path string }

func decodeName(r *http.Request) (any, error) {
	m := place{remote: r.PathValue("name")}
	return m, dataset.CheckName(m.remote)
}

func decode(r *http.Request) (any, error) {
	m := place{r.PathValue("name"), r.PathValue("path")}
	if err := dataset.CheckName(m.remote); err != nil {
		return nil, err
	}
	_, _, err := object.ParsePath(m.path)
	return m, err
}

func objects(_ *http.Request, message any) []route.Object {
	if p, ok := message.(piece); ok {
		message = p.place
	}
	return route.On(dataset.URN(message.(place).remote))
}

// push answers 201 for an object that is new, and 200 for one that was there.
func (f face) push(w http.ResponseWriter, r *http.Request, message any) error {
	m := message.(place)
	isNew, err := f.remotes.Push(r.Context(), m.remote, m.path, r.Body)
	if err != nil {
		return err
	}
	return pushed(w, isNew)
}

func pushed(w http.ResponseWriter, isNew bool) error {
	w.Header().Set("Content-Length", "0")
	if isNew {
		w.WriteHeader(http.StatusCreated)
	} else {
		w.WriteHeader(http.StatusOK)
	}
	return nil
}

// status is the answer to a failure, one table for all kinds. What the client did
// wrong is never among those that it repeats.
func status(err error) int {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict, fault.Exists:
		return http.StatusConflict
	case fault.Denied:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Limit:
		if fault.Seconds(err, 0) > 0 { // too often, not too much
			return http.StatusTooManyRequests
		}
		return http.StatusRequestEntityTooLarge
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Unsupported:
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

// fail tells err as a line of text with the remedy behind it.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	code := status(err)
	switch {
	case route.WrongMethod(w.Header(), err):
		code = http.StatusMethodNotAllowed
	case code == http.StatusUnauthorized:
		route.Challenge(w.Header())
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(fault.Seconds(err, 1)))
	}
	text := fault.Sentence(err)
	if hint := fault.HintOf(err); hint != "" {
		text += "\n" + hint
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)+1))
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text+"\n") // a client that went away is no failure
}
