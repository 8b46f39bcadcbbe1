package kit

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// mostForm bounds a posted form, in bytes.
const mostForm = 64 << 10

// DecodeForm reads a posted form: url.Values.
func DecodeForm(r *http.Request) (any, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		return nil, fault.Because(err, fault.Invalid, "The form cannot be read, or is larger than 64 KB.")
	}
	return r.PostForm, nil
}

// BackTo is the page that a form came from, or that somebody wanted before they
// signed in. Whatever is not a path of this server leads to the overview: nothing
// that a stranger wrote sends anybody elsewhere.
func BackTo(r *http.Request, back string) string {
	if Local(back) {
		return back
	}
	return To(r.Context())
}

// Local reports whether an address is a path of this server.
func Local(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && u.Opaque == "" &&
		strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") && !strings.ContainsAny(address, "\\\r\n\t")
}

// signInFirst is the address of the sign-in page that leads back to what r asks
// for; "" where the request is not that of a person who opens a page.
func (s *Site) signInFirst(r *http.Request) string {
	asks := r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && wantsPage(r)
	if !s.SignIn || !asks {
		return ""
	}
	q := url.Values{}
	if here := address(r); here != To(r.Context()) {
		q.Set("then", here)
	}
	return With(To(r.Context(), "sign-in"), q)
}

// wantsPage reports whether a browser shows the answer to a person.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// challenge says by what to come again. A browser is not told of passwords: it
// would ask for one by a window of its own, whose end it alone decides.
func challenge(w http.ResponseWriter, r *http.Request) {
	if wantsPage(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tacit"`)
		return
	}
	route.Challenge(w.Header())
}
