package kit_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

func site() *kit.Site {
	return &kit.Site{
		Files:    kit.Files{Styles: []string{"a.css"}, Mark: "mark.svg"},
		Chapters: []kit.Chapter{{Items: []kit.Item{{Name: "Overview", Icon: kit.IconHome, Path: "/"}}}},
		Version:  "0.1.0", Stores: "SQLite, local disk",
		Now: func() time.Time { return time.Date(2026, 11, 24, 14, 32, 8, 0, time.UTC) },
	}
}

func TestPageKeepsThePolicy(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(caller.With(r.Context(), caller.Local("default")))
	w := httptest.NewRecorder()
	if err := site().Serve(w, r, kit.Page{Title: "Overview <b>", Here: "/"}, kit.PageHead(kit.Head{Title: "Overview"})); err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	if policy := w.Header().Get("Content-Security-Policy"); policy != kit.Policy || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, bad := range []string{" style=", "<style", "onclick", "<script>", "<b>"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if strings.Count(body, "<h1") != 1 || !strings.Contains(body, `aria-current="page"`) {
		t.Error("the page has no title, or does not say where it is")
	}
}

// TestCountsStopAndAreSkipped: a number beyond what is counted is told as such, a
// list that is closed or empty has none, and what cannot be counted fails a page
// unless it tells a failure itself.
func TestCountsStopAndAreSkipped(t *testing.T) {
	t.Parallel()
	counted := func(all int64, err error) func(context.Context, int64) (int64, error) {
		return func(_ context.Context, most int64) (int64, error) { return min(all, most), err }
	}
	serve := func(status int, counts ...func(context.Context, int64) (int64, error)) (string, error) {
		s := site()
		for _, count := range counts {
			s.Chapters[0].Items = append(s.Chapters[0].Items, kit.Item{Name: "Things", Path: "/" + strconv.Itoa(len(s.Chapters[0].Items)), Count: count})
		}
		s.Chapters[0].Items = s.Chapters[0].Items[1:]
		var err error
		face := route.Face{Name: "ui", Fail: s.Fail, Owns: func(*http.Request, string) bool { return true }, Routes: []route.Route{{
			Method: "GET", Pattern: "/", Action: "workspace.read", Scope: route.Whole,
			Serve: func(w http.ResponseWriter, r *http.Request, _ any) error {
				err = s.Serve(w, r, kit.Page{Title: "Things", Status: status}, kit.PageHead(kit.Head{Title: "Things"}))
				return nil
			},
		}}}
		door, bad := route.Handler(route.Options{Faces: []route.Face{face}, Check: allowed{}, Log: slog.New(slog.DiscardHandler), RequestID: func() string { return "1" }, Now: s.Now})
		if bad != nil {
			t.Fatal(bad)
		}
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/", nil))
		return w.Body.String(), err
	}
	denied := fault.New(fault.Denied, "No.")
	page, err := serve(0, counted(12, nil), counted(0, nil), counted(0, denied), counted(10_000, nil), counted(2_000_000, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<span class="tail num">12</span>`, "title=\"10,000\">10\u00a0k</span>", "title=\"more than 10,000\">10\u00a0k+</span>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if n := strings.Count(page, "tail num"); n != 3 {
		t.Errorf("%d numbers, want 3", n)
	}
	if _, err := serve(0, counted(0, errSecret{})); !errors.Is(err, errSecret{}) {
		t.Errorf("what cannot be counted: %v", err)
	}
	if page, err := serve(http.StatusNotFound, counted(0, errSecret{})); err != nil || !strings.Contains(page, "Things") {
		t.Errorf("a page of an error, where nothing can be counted: %v", err)
	}
}

// TestFailAtTheDoor: a refused request has no caller yet, and still gets a page.
func TestFailAtTheDoor(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "req-7")
	err := fault.WithHint(fault.New(fault.Denied, "The host %q is not one.", "<evil>"), "start tacit with --public-url")
	site().Fail(w, httptest.NewRequest("GET", "/", nil), err)
	for _, want := range []string{"The host &#34;&lt;evil&gt;&#34; is not one.", "Start tacit with --public-url.", "req-7"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	if w.Code != 403 {
		t.Errorf("status %d", w.Code)
	}
	w = httptest.NewRecorder()
	site().Fail(w, httptest.NewRequest("GET", "/", nil), &fault.Error{Cause: errSecret{}})
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Error("the text of an inner error reaches the reader")
	}
}

type errSecret struct{}

func (errSecret) Error() string { return "secret" }

// allowed is a checker that says yes.
type allowed struct{}

func (allowed) Check(context.Context, string, urn.URN) error { return nil }

// TestHereIsWherePeopleAre: the address that a page tells to copy is made where
// every link is, so that it holds behind a proxy and over the folder's socket.
func TestHereIsWherePeopleAre(t *testing.T) {
	t.Parallel()
	public := &url.URL{Scheme: "https", Host: "ml.example.org", Path: "/ml"}
	here := route.Route{Method: "GET", Pattern: "/", Public: true, Serve: func(w http.ResponseWriter, r *http.Request, _ any) error {
		return site().Serve(w, r, kit.Page{Title: "Here"}, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			_, err := io.WriteString(w, "[at "+kit.Here(ctx)+"]")
			return err
		}))
	}}
	for _, c := range []struct {
		public             *url.URL
		socket, host, want string
	}{
		{nil, "", "127.0.0.1:5000", "http://127.0.0.1:5000/w/team"},
		{nil, "http://127.0.0.1:5000", "tacit", "http://127.0.0.1:5000/w/team"},
		{public, "", "ml.example.org:443", "https://ml.example.org/ml/w/team"},
		{public, "", "127.0.0.1:5000", "https://ml.example.org/ml/w/team"},
		{public, "https://ml.example.org", "tacit", "https://ml.example.org/ml/w/team"},
	} {
		h, err := route.Handler(route.Options{
			Faces: []route.Face{{Name: "pages", Routes: []route.Route{here}, Fail: site().Fail}}, Check: allowed{},
			Log: slog.New(slog.DiscardHandler), RequestID: func() string { return "r" }, Now: time.Now, PublicURL: c.public, Socket: c.socket,
		})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "http://"+c.host+"/w/team/", nil))
		if !strings.Contains(w.Body.String(), "[at "+c.want+"]") {
			t.Errorf("asked at %s, socket %q: %d, the page does not say %s", c.host, c.socket, w.Code, c.want)
		}
	}
}

// TestLongTextsAreFolded: of a long text the beginning is seen, and all of it is
// on the page.
func TestLongTextsAreFolded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, seen string }{
		{strings.Repeat("a", 300), ""},
		{strings.Repeat("ä", 301), strings.Repeat("ä", 300) + "…"},
		{strings.Repeat("a\n", 12), strings.Repeat("a\n", 11) + "a…"},
		{strings.Repeat("a\n", 11) + "a", ""},
	} {
		var b strings.Builder
		if err := kit.Folded(test.text, kit.ValueShown).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if folded := strings.Contains(b.String(), "<details"); folded != (test.seen != "") || !strings.Contains(b.String(), test.seen) || !strings.Contains(b.String(), test.text) {
			t.Errorf("%.20q: %s", test.text, b.String())
		}
	}
}
