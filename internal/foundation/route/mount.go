package route

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Mount says where a request came in.
type Mount struct {
	Prefix    string // path of the public URL, "" or "/ml"
	Workspace string
	InPath    bool   // the workspace was named by /w/WORKSPACE/
	Named     bool   // the workspace was named, in the path or by the header
	usual     string // the workspace of a request that names none
	Origin    string // scheme and host that the client asked: https://ml.example.org
	Public    string // scheme and host that people are told: the public URL's, Origin where there is none
}

type mountKey struct{}

// MountOf is where the request of ctx came in.
func MountOf(ctx context.Context) Mount {
	m, _ := ctx.Value(mountKey{}).(Mount)
	return m
}

// Link makes the path of a link: the public prefix and, unless it is the
// default, the workspace before path, which begins with a slash.
func Link(ctx context.Context, path string) string {
	m := MountOf(ctx)
	if m.Workspace == "" || (m.Workspace == m.usual && !m.InPath) {
		return m.Prefix + path
	}
	return LinkIn(ctx, m.Workspace, path)
}

// LinkIn makes the path of a link into a workspace, which it names.
func LinkIn(ctx context.Context, workspace, path string) string {
	return MountOf(ctx).Prefix + "/w/" + url.PathEscape(workspace) + path
}

// Address makes the whole address of a link, for clients that follow it
// without knowing where they are.
func Address(ctx context.Context, path string) string { return MountOf(ctx).Origin + Link(ctx, path) }

// public is the scheme and host that people are told, also when a proxy asks by
// the name that this machine has for it.
func (h *handler) public(r *http.Request) string {
	if h.PublicURL != nil {
		return h.PublicURL.Scheme + "://" + h.PublicURL.Host
	}
	return h.origin(r)
}

// origin is the scheme and host that r was sent to.
func (h *handler) origin(r *http.Request) string {
	switch {
	case h.PublicURL != nil && (h.Socket != "" || h.isPublic(r.Host)):
		return h.public(r)
	case h.Socket != "":
		return h.Socket
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// NoRoute says that no route answers a path, or none by this method.
type NoRoute struct {
	Path, Method string
	Allowed      []string // the methods that are answered there
}

// Error names the path.
func (e *NoRoute) Error() string { return "no route answers " + e.Method + " " + e.Path }

// Unwrap makes it a fault, so that faces without a word of their own say "not found".
func (e *NoRoute) Unwrap() error {
	if len(e.Allowed) == 0 {
		return &fault.Error{Kind: fault.NotFound, Message: "There is nothing at " + e.Path + "."}
	}
	return &fault.Error{Kind: fault.NotFound, Message: "There is something at " + e.Path + ", but nothing that answers " + e.Method + ".", Hint: "use " + strings.Join(e.Allowed, " or ")}
}

// WrongMethod reports whether err says that a path has routes and none by the
// method that was asked; then h tells, as HTTP wants it, which there are.
func WrongMethod(h http.Header, err error) bool {
	var none *NoRoute
	if !errors.As(err, &none) || len(none.Allowed) == 0 {
		return false
	}
	h.Set("Allow", strings.Join(none.Allowed, ", "))
	return true
}

// cutWorkspace takes /w/NAME off a path and its escaped form.
func cutWorkspace(path, raw string) (rest, rawRest, name string, err error) {
	after, ok := strings.CutPrefix(path, "/w/")
	if !ok {
		return path, raw, "", nil
	}
	name, rest, _ = strings.Cut(after, "/")
	if err := caller.CheckWorkspace(name); err != nil {
		return path, raw, "", err
	}
	_, rawRest, _ = strings.Cut(strings.TrimPrefix(raw, "/w/"), "/")
	return "/" + rest, "/" + rawRest, name, nil
}

// cutFolder takes the folder prefix off a path.
func cutFolder(path, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok || (rest != "" && rest[0] != '/') {
		return path, false
	}
	if rest == "" {
		rest = "/"
	}
	return rest, true
}

// allowedHost guards against DNS rebinding: a page of another name that
// resolves to this machine sends that name. An address of numbers is no name
// that could be made to resolve elsewhere. Health and version answer under any
// name, since balancers ask by address: they tell nothing that such a page might
// not know, and change nothing.
func (h *handler) allowedHost(r *http.Request) bool {
	path := r.URL.Path
	if rest, ok := cutFolder(path, h.prefix); ok && h.prefix != "" {
		path = rest
	}
	if path == "/health" || path == "/version" {
		return true
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return h.isPublic(r.Host)
}

// isPublic reports whether host is the one that people use; the port that its
// scheme means anyway may be told or not.
func (h *handler) isPublic(host string) bool {
	return h.PublicURL != nil && usualHost(h.PublicURL.Scheme, host) == usualHost(h.PublicURL.Scheme, h.PublicURL.Host)
}

// usualHost is a host as browsers write it: in lower case, and without the port
// that the scheme means.
func usualHost(scheme, host string) string {
	port := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return strings.TrimSuffix(strings.ToLower(host), port)
}

// address is the client's: the peer's, or what a trusted proxy says.
func (h *handler) address(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if !h.trusted(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		peer = hop
		if !h.trusted(hop) {
			break
		}
	}
	return peer
}

func (h *handler) trusted(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, p := range h.TrustedProxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}
