package route

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

const (
	// FormField is the field of a form, and formHeader the header of a script,
	// that say which session they were made for.
	FormField  = "form_token"
	formHeader = "X-Tacit-Form-Token"
)

// cookieName is what the cookie of a session is called. Under TLS its prefix
// keeps any other host, and what is not TLS, from setting it.
func cookieName(m Mount, name string) string {
	switch {
	case !m.secure():
		return name
	case m.Prefix == "":
		return "__Host-" + name
	}
	return "__Secure-" + name // __Host- wants the path /
}

// sessionCookie is the name of the session's cookie, without its prefix.
const sessionCookie = "tacit_session"

// secure says whether people reach tacit over TLS.
func (m Mount) secure() bool { return strings.HasPrefix(m.Public, "https:") }

// Cookie makes a cookie that goes to this tacit alone and that no script reads.
// It holds for lasts; zero or less ends it.
func Cookie(ctx context.Context, name, value string, lasts time.Duration) *http.Cookie {
	m := MountOf(ctx)
	c := &http.Cookie{
		Name: cookieName(m, name), Value: value, Path: m.Prefix + "/", MaxAge: int(lasts.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: m.secure(),
	}
	if lasts <= 0 {
		c.MaxAge = -1
	}
	return c
}

// CookieOf is the value of a cookie that Cookie made; "" where there is none, or
// more than one.
func CookieOf(r *http.Request, name string) string {
	found := r.CookiesNamed(cookieName(MountOf(r.Context()), name))
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

// SetSession has the browser keep the value of a session; zero lasts ends it.
func SetSession(w http.ResponseWriter, r *http.Request, value string, lasts time.Duration) {
	http.SetCookie(w, Cookie(r.Context(), sessionCookie, value, lasts))
}

// Session is the value of the session that the browser keeps, "" for none.
func Session(r *http.Request) string { return CookieOf(r, sessionCookie) }

// sessionOf are the credentials of a browser.
func sessionOf(r *http.Request) caller.Credentials {
	found := r.CookiesNamed(cookieName(MountOf(r.Context()), sessionCookie))
	switch {
	case len(found) == 0:
		return caller.Credentials{}
	case len(found) > 1 || found[0].Value == "":
		return caller.Credentials{Unreadable: true}
	}
	return caller.Credentials{Session: found[0].Value}
}

type sessionKey struct{}

// withSession keeps which session a page is made for.
func withSession(ctx context.Context, session string) context.Context {
	if session == "" {
		return ctx
	}
	return context.WithValue(ctx, sessionKey{}, session)
}

// FormToken is what a form of a page carries to prove that this server made it
// for this session; "" where the page is made for none. It does not tell the
// session.
func FormToken(ctx context.Context) string {
	session, ok := ctx.Value(sessionKey{}).(string)
	if !ok {
		return ""
	}
	sum := sha256.Sum256([]byte("form of the session " + session))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// fromOwnPage refuses a change that a browser asks for by its cookie and that
// no page of its session sent. Programs prove themselves by another header,
// which no page of another site can set.
func fromOwnPage(r *http.Request, session string) error {
	if session == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	given := r.Header.Get(formHeader)
	if given == "" {
		given = r.PostForm.Get(FormField)
	}
	if subtle.ConstantTimeCompare([]byte(given), []byte(FormToken(r.Context()))) == 0 {
		return fault.WithHint(fault.New(fault.Denied, "The form was not made for this session."), "go back, load the page again, and send it once more")
	}
	return nil
}
