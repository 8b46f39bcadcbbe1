package kit_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// TestThemeIsKept: what was chosen is in the document of the next page, as it
// leaves the server, and the form leads back to where it was.
func TestThemeIsKept(t *testing.T) {
	t.Parallel()
	s := site()
	for _, c := range []struct{ theme, back, leads string }{
		{"dark", "/runs/1?filter=a+%3E+1", "/runs/1?filter=a+%3E+1"},
		{"light", "//evil.example.org/", "/"},
		{"dark", `/\evil.example.org`, "/"},
		{"dark", "https://evil.example.org/", "/"},
		{"", "", "/"},
	} {
		form := url.Values{"theme": {c.theme}, "back": {c.back}}
		r := httptest.NewRequest("POST", "/theme", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if err := s.ThemeRoute().Serve(w, r, nil); err != nil {
			t.Fatal(err)
		}
		if got := w.Header().Get("Location"); got != c.leads {
			t.Errorf("back to %q leads to %q, want %q", c.back, got, c.leads)
		}
		next := httptest.NewRequest("GET", "/", nil)
		next = next.WithContext(caller.With(next.Context(), caller.Local("default")))
		for _, cookie := range w.Result().Cookies() {
			if cookie.MaxAge > 0 {
				next.AddCookie(cookie)
			}
		}
		page := httptest.NewRecorder()
		if err := s.Serve(page, next, kit.Page{Title: "Overview", Here: "/"}, kit.PageHead(kit.Head{Title: "Overview"})); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(page.Body.String(), `data-theme="`+c.theme+`"`); got != (c.theme != "") {
			t.Errorf("theme %q: the document names it: %v", c.theme, got)
		}
	}
	r := httptest.NewRequest("POST", "/theme", strings.NewReader("theme=pink"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := s.ThemeRoute().Serve(httptest.NewRecorder(), r, nil); err == nil {
		t.Error("pink is taken for a theme")
	}
}
