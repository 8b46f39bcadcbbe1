package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// The paths of the face.
const (
	tokenPath    = "/token"
	revokePath   = "/revoke"
	metadataPath = "/.well-known/oauth-authorization-server"
)

// maxForm bounds a message, in bytes.
const maxForm = 16 << 10

// Sessions gives and ends tokens.
type Sessions interface {
	SignIn(ctx context.Context, user, password string, scope roles.Scope) (access.Bearer, error)
	SignInService(ctx context.Context, name, secret string, scope roles.Scope) (access.Bearer, error)
	Refresh(ctx context.Context, token string) (access.Bearer, error)
	Revoke(ctx context.Context, token string) error
}

// New gives the face.
func New(s Sessions) route.Face {
	f := face{s}
	return route.Face{
		Name: "oauth", Fail: fail,
		Owns: func(_ *http.Request, path string) bool {
			return path == tokenPath || path == revokePath || path == metadataPath
		},
		Routes: []route.Route{
			{Method: "POST", Pattern: tokenPath, Public: true, Decode: form, Serve: f.token},
			{Method: "POST", Pattern: revokePath, Public: true, Decode: form, Serve: f.revoke},
			{Method: "GET", Pattern: metadataPath, Public: true, Serve: metadata},
		},
	}
}

type face struct{ sessions Sessions }

// refusal is a failure by a code of RFC 6749, section 5.2.
type refusal struct {
	error
	code string
}

// Unwrap gives the error below.
func (r *refusal) Unwrap() error { return r.error }

func refuse(code, format string, args ...any) error {
	return &refusal{fault.New(fault.Invalid, format, args...), code}
}

// form reads a form-encoded message, each parameter at most once.
func form(r *http.Request) (any, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, refuse("invalid_request", "The message must be form-encoded.")
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, refuse("invalid_request", "The form cannot be read.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, refuse("invalid_request", "The form has %s more than once.", strconv.Quote(name))
		}
	}
	return r.PostForm, nil
}

// answer is what /token answers with.
type answer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
}

func (f face) token(w http.ResponseWriter, r *http.Request, message any) error {
	sent := message.(url.Values)
	b, err := f.grant(r, sent)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, answer{b.Token, "bearer", int64(b.Expires.Seconds()), b.Refresh, b.Scope.String()})
}

func (f face) grant(r *http.Request, sent url.Values) (b access.Bearer, err error) {
	scope, err := roles.ParseScope(sent.Get("scope"))
	if err != nil {
		return b, &refusal{err, "invalid_scope"}
	}
	switch kind := sent.Get("grant_type"); kind {
	case "password":
		if sent.Get("username") == "" || !sent.Has("password") {
			return b, refuse("invalid_request", "The form needs username and password.")
		}
		b, err = f.sessions.SignIn(r.Context(), sent.Get("username"), sent.Get("password"), scope)
		return b, wrong(err, "invalid_grant")
	case "client_credentials":
		name, secret, err := client(r, sent)
		if err != nil {
			return b, err
		}
		b, err = f.sessions.SignInService(r.Context(), name, secret, scope)
		return b, wrong(err, "invalid_client")
	case "refresh_token":
		if len(scope) > 0 {
			return b, refuse("invalid_scope", "A session keeps the scope that it began with: leave scope away.")
		}
		b, err = f.sessions.Refresh(r.Context(), sent.Get("refresh_token"))
		return b, wrong(err, "invalid_grant")
	case "":
		return b, refuse("invalid_request", "The form needs grant_type.")
	default:
		return b, refuse("unsupported_grant_type", "The grants are password, client_credentials and refresh_token.")
	}
}

// client gives the name and secret of a service, from the form or from HTTP
// basic, where both are form-encoded (RFC 6749, section 2.3.1).
func client(r *http.Request, sent url.Values) (name, secret string, err error) {
	name, secret = sent.Get("client_id"), sent.Get("client_secret")
	user, password, basic := r.BasicAuth()
	if !basic {
		if name == "" {
			return "", "", &refusal{fault.New(fault.Unauthenticated, "The client must give its name and secret."), "invalid_client"}
		}
		return name, secret, nil
	}
	if secret != "" {
		return "", "", refuse("invalid_request", "The client gives its secret in two ways.")
	}
	user, err = url.QueryUnescape(user)
	if err == nil {
		password, err = url.QueryUnescape(password)
	}
	if err != nil || name != "" && name != user {
		return "", "", refuse("invalid_request", "The client's name cannot be read.")
	}
	return user, password, nil
}

// wrong gives a proof that failed its code; other failures stay what they are.
func wrong(err error, code string) error {
	if fault.Is(err, fault.Unauthenticated) {
		return &refusal{err, code}
	}
	return err
}

func (f face) revoke(w http.ResponseWriter, r *http.Request, message any) error {
	token := message.(url.Values).Get("token")
	if token == "" {
		return refuse("invalid_request", "The form needs token.")
	}
	if err := f.sessions.Revoke(r.Context(), token); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return nil
}

// metadata is what RFC 8414 has a server say of itself.
func metadata(w http.ResponseWriter, r *http.Request, _ any) error {
	at := func(path string) string {
		return route.MountOf(r.Context()).Origin + route.MountOf(r.Context()).Prefix + path
	}
	return reply(w, http.StatusOK, map[string]any{
		"issuer": at(""), "token_endpoint": at(tokenPath), "revocation_endpoint": at(revokePath),
		"grant_types_supported":                      []string{"password", "client_credentials", "refresh_token"},
		"token_endpoint_auth_methods_supported":      []string{"client_secret_basic", "client_secret_post", "none"},
		"revocation_endpoint_auth_methods_supported": []string{"none"},
		"response_types_supported":                   []string{},
	})
}

// fail tells err as RFC 6749 does.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	status, code := http.StatusInternalServerError, "server_error"
	var own *refusal
	switch kind := fault.KindOf(err); {
	case errors.As(err, &own):
		if status, code = http.StatusBadRequest, own.code; code == "invalid_client" {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Basic realm="tacit"`)
		}
	case route.WrongMethod(w.Header(), err):
		status, code = http.StatusMethodNotAllowed, "invalid_request"
	case kind == fault.Limit, kind == fault.Unavailable:
		if status, code = http.StatusServiceUnavailable, "temporarily_unavailable"; kind == fault.Limit {
			status = http.StatusTooManyRequests
		}
		w.Header().Set("Retry-After", strconv.Itoa(fault.Seconds(err, 1)))
	case kind == fault.Denied:
		status, code = http.StatusForbidden, "access_denied"
	case kind == fault.Invalid:
		status, code = http.StatusBadRequest, "invalid_request"
	}
	_ = reply(w, status, map[string]string{"error": code, "error_description": fault.Sentence(err)}) // a client that went away is no failure
}

// reply answers with JSON that nobody keeps.
func reply(w http.ResponseWriter, status int, body any) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}
