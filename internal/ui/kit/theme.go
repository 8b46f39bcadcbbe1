package kit

import (
	"net/http"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// themeCookie keeps the theme that somebody chose. The server reads it and
// names the theme in the document, so that no page is first drawn in another.
const themeCookie = "tacit_theme"

// Limits of what the form of the theme may be.
const (
	mostThemeForm = 16 << 10        // bytes
	themeKept     = 365 * 24 * 3600 // seconds
)

// theme is how pages are coloured: "light", "dark", or "" for what the system
// asks for.
type theme string

// themes are what may be chosen, with the word of each.
func themes() []struct {
	Theme theme
	Word  string
} {
	return []struct {
		Theme theme
		Word  string
	}{{"", "System"}, {"light", "Light"}, {"dark", "Dark"}}
}

// scheme is what the browser is told before the style sheet is there.
func (t theme) scheme() string {
	if t == "" {
		return "light dark"
	}
	return string(t)
}

// themeOf is what a request's cookie chose; what is no theme is none.
func themeOf(r *http.Request) theme {
	c, err := r.Cookie(themeCookie)
	if err != nil || (c.Value != "light" && c.Value != "dark") {
		return ""
	}
	return theme(c.Value)
}

// ThemeRoute is the form by which a reader chooses the theme. It changes
// nothing but the reader's own browser, so it asks for no permission.
func (s *Site) ThemeRoute() route.Route {
	return route.Route{Method: "POST", Pattern: "/theme", Public: true, Serve: s.chooseTheme}
}

func (s *Site) chooseTheme(w http.ResponseWriter, r *http.Request, _ any) error {
	r.Body = http.MaxBytesReader(nil, r.Body, mostThemeForm)
	if err := r.ParseForm(); err != nil {
		return fault.Because(err, fault.Invalid, "The form cannot be read, or is larger than 16 KB.")
	}
	chosen := r.PostForm.Get("theme")
	if chosen != "" && chosen != "light" && chosen != "dark" {
		return fault.WithHint(fault.New(fault.Invalid, "%q is not a theme.", chosen), "choose light, dark, or none for what the system asks for")
	}
	c := &http.Cookie{
		Name: themeCookie, Value: chosen, Path: route.MountOf(r.Context()).Prefix + "/",
		MaxAge: themeKept, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(route.MountOf(r.Context()).Public, "https:"),
	}
	if chosen == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
	http.Redirect(w, r, BackTo(r, r.PostForm.Get("back")), http.StatusSeeOther)
	return nil
}

// address is that of the page which r asks for, as a browser knows it. What was
// posted is not asked for again: then it is the overview.
func address(r *http.Request) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return To(r.Context())
	}
	at := route.Link(r.Context(), r.URL.EscapedPath())
	if r.URL.RawQuery != "" {
		at += "?" + r.URL.RawQuery
	}
	return at
}
