package route

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Options are what the handler of all faces needs.
type Options struct {
	Faces []Face // in order of precedence; the last should own every path
	Check Checker
	// Authenticate proves who asks by the request's credentials, and gives the
	// context in which they do; nil where everybody is the local user. Routes
	// that are public do not ask it. An error may come with the context of who
	// was proved and is refused.
	Authenticate func(context.Context, caller.Credentials) (context.Context, error)
	// Refused is told of every request of a route that asks a permission and was
	// denied it, with what was asked on what, the zero object for the workspace
	// itself; nil where nobody wants to know. Who proves nobody is not told of
	// here: Authenticate knows.
	Refused func(ctx context.Context, action string, object urn.URN, reason error)
	// Guarded is set where nobody is anybody until Authenticate has proved it.
	Guarded   bool
	Log       *slog.Logger
	RequestID func() string
	Now       func() time.Time
	// Observe is told of every answered request; pattern is "" when no route matched.
	Observe func(face, method, pattern string, status int, took time.Duration)
	// PublicURL is the address people use, nil for this machine's own. Its path
	// is stripped from requests and its host and origin are allowed.
	PublicURL *url.URL
	// TrustedProxies are the peers whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// Workspace is the workspace of a request that names none; nil means
	// "default".
	Workspace func() string
	// Socket is set on the folder's socket alone: whatever host is asked there,
	// the request is taken, and links lead to this address, http://host:port.
	Socket string
}

// handler is the one door: every request of every face goes through ServeHTTP.
type handler struct {
	Options
	mux    *http.ServeMux
	prefix string
	cross  *http.CrossOriginProtection
}

// Handler joins the faces to one handler. It fails when two routes collide,
// and for a route that does not say what permission it asks on what.
func Handler(o Options) (_ http.Handler, err error) {
	h := &handler{Options: o, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection()}
	if o.PublicURL != nil {
		h.prefix = strings.TrimRight(o.PublicURL.Path, "/")
		origin := o.PublicURL.Scheme + "://" + usualHost(o.PublicURL.Scheme, o.PublicURL.Host)
		if err := h.cross.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("route: public URL %s: %w", o.PublicURL, err)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("route: %v", p)
		}
	}()
	for i := range o.Faces {
		face := &o.Faces[i]
		for j := range face.Routes {
			r := &face.Routes[j]
			if err := r.declared(); err != nil {
				return nil, fmt.Errorf("route: %s %s of %s %w", r.Method, r.Pattern, face.Name, err)
			}
			h.mux.Handle(r.Method+" "+r.Pattern, &served{h, face, r})
		}
	}
	return h, nil
}

// ServeHTTP takes a request in: id, log line, prefix, host, workspace, route.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.Now()
	record := &recorder{ResponseWriter: w, id: h.RequestID(), request: r, patience: patience{http.NewResponseController(w), h.Now}}
	record.patience.toTake()
	if r.Body != nil && r.Body != http.NoBody {
		record.message = &message{ReadCloser: r.Body, patience: record.patience}
		r = r.WithContext(r.Context()) // net/http goes by the body that it made
		r.Body = record.message
	}
	w.Header().Set("X-Request-Id", record.id)
	h.guard(w.Header(), r)
	address := h.address(r)
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			h.Log.Error("a request panicked", "request", record.id, "panic", p, "stack", string(debug.Stack()))
			if record.status == 0 {
				h.fail(record, r, fault.New(fault.Internal, ""))
			}
		}
		h.tell(record, r, address, h.Now().Sub(start))
		record.patience.toTake() // what net/http writes when this returns
		record.drain(h.Now())
		if record.cut {
			panic(http.ErrAbortHandler) // net/http then closes the connection
		}
	}()
	inner, err := h.enter(r, record.id, address)
	if err != nil {
		h.fail(record, r, err)
		return
	}
	if matched, pattern := h.mux.Handler(inner); pattern == "" {
		_ = matched // net/http's own answer is not in the face's language
		h.fail(record, h.recognise(inner), h.noRoute(inner))
		return
	}
	h.mux.ServeHTTP(record, inner)
}

// enter checks host, origin and path, and gives the request as the routes see
// it: without prefix and workspace, with its caller.
func (h *handler) enter(r *http.Request, requestID, address string) (*http.Request, error) {
	if h.Socket == "" && !h.allowedHost(r) {
		return nil, fault.WithHint(fault.New(fault.Denied, "The host %q is not one this tacit answers for.", r.Host),
			"start tacit with --public-url set to the address that people use")
	}
	if err := h.cross.Check(r); err != nil && h.Socket == "" {
		return nil, fault.Because(err, fault.Denied, "A page of another site may not change anything here.")
	}
	rest, raw := r.URL.Path, r.URL.EscapedPath()
	if h.prefix != "" {
		if cut, ok := cutFolder(rest, h.prefix); ok {
			rest = cut
			raw, _ = cutFolder(raw, h.prefix)
		}
	}
	rest, raw, named, err := cutWorkspace(rest, raw)
	if err != nil {
		return nil, err
	}
	mount, err := h.mount(r, named)
	if err != nil {
		return nil, err
	}
	if !clean(raw) {
		return nil, fault.WithHint(fault.New(fault.Invalid, "Invalid path: it has empty, \".\" or \"..\" segments."), "write one slash between names")
	}
	ctx := caller.With(r.Context(), caller.Caller{
		Workspace: mount.Workspace,
		Actor:     h.actor(),
		Origin:    caller.Origin{Request: requestID, Address: address, Client: shorten(r.UserAgent(), 200)},
	})
	inner := r.WithContext(context.WithValue(ctx, mountKey{}, mount))
	u := *r.URL
	u.Path, u.RawPath = rest, raw
	inner.URL = &u
	return inner, nil
}

// mount is where a request comes in whose path names a workspace, "" for none.
func (h *handler) mount(r *http.Request, named string) (Mount, error) {
	m := Mount{Prefix: h.prefix, Origin: h.origin(r), Public: h.public(r), usual: caller.DefaultWorkspace}
	if h.Workspace != nil {
		m.usual = h.Workspace()
	}
	m.Workspace = m.usual
	if named != "" {
		m.Workspace, m.InPath, m.Named = named, true, true
	}
	headers := r.Header.Values("X-MLFLOW-WORKSPACE")
	if len(headers) > 1 {
		return m, fault.New(fault.Invalid, "The request has more than one X-MLFLOW-WORKSPACE header.")
	}
	if len(headers) == 0 || headers[0] == "" {
		return m, nil
	}
	if named != "" && named != headers[0] {
		return m, fault.New(fault.Invalid, "The path names the workspace %q and the X-MLFLOW-WORKSPACE header names %q.", named, headers[0])
	}
	m.Workspace, m.Named = headers[0], true
	return m, caller.CheckWorkspace(headers[0])
}

// actor is who asks before anybody was proved.
func (h *handler) actor() urn.URN {
	if h.Guarded {
		return caller.Nobody()
	}
	return urn.New("user", "local")
}

// recognise gives a request that no route takes with who asks, where its session
// tells, so that the page which says so is theirs.
func (h *handler) recognise(r *http.Request) *http.Request {
	c := credentials(r)
	if !h.Guarded || c.Session == "" {
		return r
	}
	c.Own = true
	ctx, err := h.Authenticate(r.Context(), c)
	if err != nil {
		return r
	}
	return r.WithContext(withSession(ctx, c.Session))
}

func (h *handler) noRoute(r *http.Request) error {
	none := &NoRoute{Path: r.URL.Path, Method: r.Method}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := h.mux.Handler(probe); pattern != "" && method != r.Method {
			none.Allowed = append(none.Allowed, method)
		}
	}
	return none
}

// fail tells err in the language of the face that owns the path.
func (h *handler) fail(w *recorder, r *http.Request, err error) {
	rest := r.URL.Path
	if h.prefix != "" {
		if cut, ok := cutFolder(rest, h.prefix); ok {
			rest = cut
		}
	}
	// The face is the path's, also where the path or its workspace is refused.
	rest = path.Clean("/" + rest)
	if after, ok := strings.CutPrefix(rest, "/w/"); ok {
		_, below, _ := strings.Cut(after, "/")
		rest = "/" + below
	}
	w.err = err
	for i := range h.Faces {
		if face := &h.Faces[i]; face.Owns != nil && face.Owns(r, rest) {
			w.face = face.Name
			face.Fail(w, r, err)
			return
		}
	}
	http.Error(w, fault.Sentence(err), http.StatusNotFound)
}

// served is one route behind the door.
type served struct {
	h     *handler
	face  *Face
	route *Route
}

// ServeHTTP decodes, checks and serves.
func (s *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	record := w.(*recorder)
	record.face, record.pattern = s.face.Name, s.route.Pattern
	r, session, err := s.prove(r)
	if err == nil {
		err = s.serve(w, r, session)
	}
	if err != nil {
		record.err = err
		if record.status == 0 {
			s.face.Fail(w, r, err)
		} else if record.status < http.StatusBadRequest { // a face that told the failure itself is done
			record.cut = true
		}
	}
}

// prove gives the request with who asks, before anything is read or looked up:
// who has no part here learns nothing. session is the cookie that they were
// proved by, "" for none.
func (s *served) prove(r *http.Request) (_ *http.Request, session string, err error) {
	about := caller.From(r.Context())
	if s.route.Workspace != nil {
		about.Workspace = s.route.Workspace(r)
		if err := caller.CheckWorkspace(about.Workspace); err != nil {
			return r, "", err
		}
	}
	// What the request does, and what it is refused, is told with the permission
	// that it asked.
	about.Action = s.route.Action
	r = r.WithContext(caller.With(r.Context(), about))
	if s.route.Public || s.h.Authenticate == nil {
		return r, "", nil
	}
	c := credentials(r)
	c.Own = s.route.Own || s.route.Anywhere && !MountOf(r.Context()).Named
	ctx, err := s.h.Authenticate(r.Context(), c)
	if s.h.Guarded {
		session = c.Session
	}
	r = r.WithContext(withSession(ctx, session))
	if err != nil {
		err = s.refused(ctx, Object{}, err)
	}
	return r, session, err
}

func (s *served) serve(w http.ResponseWriter, r *http.Request, session string) (err error) {
	if record := w.(*recorder); record.message != nil {
		if record.message.stream = s.route.Stream; !s.route.Stream {
			record.patience.toSend(messageTime)
		}
	}
	var message any
	if s.route.Decode != nil {
		if message, err = s.route.Decode(r); err != nil {
			return s.refused(r.Context(), Object{}, err)
		}
	}
	if err := fromOwnPage(r, session); err != nil {
		return s.refused(r.Context(), Object{}, err)
	}
	objects := s.objects(r, message)
	for _, o := range objects {
		if err := s.h.Check.Check(r.Context(), s.action(o), o.URN); err != nil {
			return s.refused(r.Context(), o, err, fault.NotFound) // as what may not be known is told
		}
	}
	if err = s.route.Serve(w, r, message); err != nil && len(objects) > 0 {
		return s.refused(r.Context(), objects[0], err)
	}
	return err
}

// objects are all that the request touches; the workspace itself where it names
// nothing, and none where the route is public.
func (s *served) objects(r *http.Request, message any) []Object {
	var all []Object
	switch {
	case s.route.Public:
		return nil
	case s.route.Objects != nil:
		all = s.route.Objects(r, message)
	}
	if len(all) == 0 {
		all = []Object{{}}
	}
	return all
}

// action is what is asked on an object.
func (s *served) action(o Object) string {
	if o.Action != "" {
		return o.Action
	}
	return s.route.Action
}

// refused tells of a request that may not do what it asks for, and gives the
// reason back. A reason of another kind is told of only where it is one of more.
func (s *served) refused(ctx context.Context, o Object, reason error, more ...fault.Kind) error {
	kind := fault.KindOf(reason)
	if s.h.Refused != nil && !s.route.Public && (kind == fault.Denied || slices.Contains(more, kind)) {
		s.h.Refused(ctx, s.action(o), o.URN, reason)
	}
	return reason
}

func clean(p string) bool { return p == "" || p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/") }

// shorten cuts what a client says of itself and makes it text that every store
// takes.
func shorten(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
