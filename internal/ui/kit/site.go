package kit

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Policy is the content-security policy of every page.
const Policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Files are the names of the served style sheets, scripts and the mark, below
// /static/.
type Files struct {
	Styles  []string
	Scripts []string // none when the scripts were not built
	Mark    string   // the icon of the browser's tab
}

// Chapter is one chapter of the guide in the navigation. One without a name is
// what stands before the first chapter.
type Chapter struct {
	Name  string
	Items []Item
	Later string // its practices that have no page yet, in words; "" for none
}

// Item is one line of the navigation.
type Item struct {
	Name string
	Icon Icon
	Path string // where it leads: "/experiments"
	Key  string // pressed after G to go there; "" for none
	// Count counts what the page lists, as far as the caller may see it, and stops
	// at most; nil where no number is told. fault.Denied for who may see none of it.
	Count func(ctx context.Context, most int64) (int64, error)
}

// Site is what all pages share.
type Site struct {
	Files    Files
	Chapters []Chapter
	Version  string // of tacit
	Stores   string // "SQLite, local disk"
	SignIn   bool   // nobody sees a page without signing in
	Now      func() time.Time
	// Workspaces are the names of those in which the caller has a part; nil for no
	// choice between them.
	Workspaces func(context.Context) ([]string, error)
}

// Page says what one page is.
type Page struct {
	Title  string  // of the window, without the product's name
	Here   string  // Path of the navigation's item that it belongs to
	Crumbs []Crumb // the way to it, its own name last; none for a page of the top
	Status int     // 0 is 200
	Search string  // what the search field holds
	Bare   bool    // without what is around pages: nobody is signed in
}

// Crumb is one step of the way to a page.
type Crumb struct{ Name, Href string }

// Serve answers with a page. Nothing is sent when body fails, so that the error
// can still be told.
func (s *Site) Serve(w http.ResponseWriter, r *http.Request, p Page, body templ.Component) error {
	var b bytes.Buffer
	choice, err := s.choice(r.Context(), p)
	if err != nil {
		return err
	}
	counts, err := s.counts(r.Context(), p)
	if err != nil {
		return err
	}
	ctx := context.WithValue(r.Context(), renderKey{}, rendering{now: s.Now(), theme: themeOf(r), address: address(r), workspaces: choice, counts: counts})
	if err := s.frame(p, body).Render(ctx, &b); err != nil {
		return fmt.Errorf("page %s: %w", r.URL.Path, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", Policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if p.Status == 0 {
		p.Status = http.StatusOK
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(b.Bytes()) // a reader who went away is no failure of the page
	return nil
}

type renderKey struct{}

// rendering is what parts know of the page they stand on.
type rendering struct {
	now     time.Time
	theme   theme
	address string // of the page itself, to come back to

	workspaces []string         // to choose between, none for no choice
	counts     map[string]int64 // of the navigation's items, by path
}

func renderingOf(ctx context.Context) rendering {
	r, ok := ctx.Value(renderKey{}).(rendering)
	if !ok {
		panic("kit: a part is rendered outside of Site.Serve")
	}
	return r
}

// now is the time at which the page is made.
func now(ctx context.Context) time.Time { return renderingOf(ctx).now }

// Here is the address of this server and workspace, as a client is told it.
func Here(ctx context.Context) string {
	return strings.TrimSuffix(route.MountOf(ctx).Public+route.Link(ctx, "/"), "/")
}

// Fail answers with the page of an error.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(fault.KindOf(err))
	switch status {
	case http.StatusUnauthorized:
		if to := s.signInFirst(r); to != "" {
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		challenge(w, r)
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", strconv.Itoa(fault.Seconds(err, 1)))
	}
	e := failure{
		Title: titleOf(status), Message: fault.Sentence(err), Hint: fault.HintOf(err),
		Request: w.Header().Get("X-Request-Id"),
	}
	if status >= http.StatusInternalServerError && e.Hint == "" {
		e.Hint = "look the request id up in the server's log, it stands beside the reason"
	}
	e.SignIn = status == http.StatusUnauthorized && s.SignIn
	if err := s.Serve(w, r, Page{Title: e.Title, Status: status, Bare: e.SignIn}, errorBody(e)); err != nil {
		http.Error(w, e.Message, status)
	}
}

// failure is what an error page says.
type failure struct {
	Title, Message, Hint, Request string
	SignIn                        bool // the remedy is to sign in
}

func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Exists, fault.Conflict:
		return http.StatusConflict
	case fault.Denied:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Limit:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Unsupported:
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

func titleOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Not found"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusUnauthorized:
		return "Sign in first"
	case http.StatusBadRequest:
		return "This cannot be understood"
	case http.StatusServiceUnavailable:
		return "Not available now"
	case http.StatusInternalServerError:
		return "Something went wrong"
	}
	return "This did not work"
}

// To makes the address of a page out of the segments of its path, each escaped:
// To(ctx, "runs", id).
func To(ctx context.Context, segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	if b.Len() == 0 {
		b.WriteByte('/')
	}
	return route.Link(ctx, b.String())
}

// With adds a query to an address. Empty values are left out.
func With(address string, query url.Values) string {
	q := url.Values{}
	for key, values := range query {
		for _, v := range values {
			if v != "" {
				q.Add(key, v)
			}
		}
	}
	if len(q) == 0 {
		return address
	}
	return address + "?" + q.Encode()
}

// static is the address of a served file: the same in every workspace, so that
// browsers keep one copy.
func static(ctx context.Context, name string) string {
	return route.MountOf(ctx).Prefix + "/static/" + name
}
