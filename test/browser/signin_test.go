package browser

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tacit-ml/tacit/internal/app"
)

const passphrase = "correct horse battery"

// guarded is a whole tacit that nobody enters without signing in, with the
// settings of tacit.yaml; root is an administrator of it, and asks at its socket
// makes others.
func guarded(t *testing.T, settings string) (h *house, asks func(path, body string) (answer string)) {
	t.Helper()
	whole, h := unowned(t, settings)
	socket := must[http.Handler](t)(whole.Handler("http://127.0.0.1:5000"))
	asks = func(path, body string) string {
		t.Helper()
		r := httptest.NewRequest("POST", "http://127.0.0.1/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if socket.ServeHTTP(w, r); w.Code != http.StatusCreated {
			t.Fatal(w.Code, w.Body)
		}
		return w.Body.String()
	}
	asks("/users", `{"name":"root","password":"`+passphrase+`","role":"admin","everywhere":true}`)
	return h, asks
}

// unowned is a whole tacit at its first start: nobody is an administrator yet.
func unowned(t *testing.T, settings string) (*app.House, *house) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "tacit.yaml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, err := app.Open(context.Background(), app.Settings{Now: time.Now, Random: rand.Reader, Version: "0.1.0", Listen: "127.0.0.1:0", Auth: "required", Dir: filepath.Join(folder, "tacit")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = whole.Close() })
	h := &house{Server: httptest.NewServer(must[http.Handler](t)(whole.Handler("")))}
	t.Cleanup(h.Close)
	return whole, h
}

// keys types into what has the focus: whoever has no mouse signs in too.
func (p *tab) keys(t *testing.T, text string) {
	t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.KeyEvent(text)); err != nil {
		t.Fatal(err)
	}
}

// keysInto types as keys does once the field of that id has the focus, which a page
// gives only after it is loaded.
func (p *tab) keysInto(t *testing.T, id, text string) {
	t.Helper()
	active := ""
	if !until(func() bool {
		var err error // between two pages
		active, err = chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.activeElement ? document.activeElement.id : ""`))
		return err == nil && active == id
	}) {
		t.Fatalf("the focus is on %q, want %q", active, id)
	}
	p.keys(t, text)
}

// comes waits until the page says something.
func (p *tab) comes(t *testing.T, words string) {
	t.Helper()
	said := ""
	if !until(func() (yes bool) {
		var err error // between two pages
		said, err = chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.readyState == "complete" ? document.body.innerText : ""`))
		return err == nil && strings.Contains(said, words)
	}) {
		t.Fatalf("the page does not come to say %q: %s", words, said)
	}
}

// TestSignInByKeyboard signs in without a mouse and without scripts, after a
// wrong try, comes to where it wanted to go, and finds the way out.
func TestSignInByKeyboard(t *testing.T) {
	h, _ := guarded(t, "")
	p := openTab(t, chromium(t), look{1440, false, false})
	p.visit(t, h.URL+"/experiments", "by-keyboard")
	p.keysInto(t, "username", "root\twrong\r")
	p.comes(t, "The name or the password is wrong.")
	p.keysInto(t, "password", passphrase+"\r") // the field that was wrong has the focus
	p.comes(t, "Default")
	if err := chromedp.Do(p.ctx, chromedp.Click(".top summary"), chromedp.Click("form[action='/sign-out'] button")); err != nil {
		t.Fatal(err)
	}
	p.comes(t, "You are signed out.")
}

// TestPagesAboutWhoEnters looks at sign-in, the account and people, signed in and
// not, with data and without.
func TestPagesAboutWhoEnters(t *testing.T) {
	h, asks := guarded(t, "")
	browser, rules := chromium(t), axe(t)
	in := func(t *testing.T, l look, user, name string) *tab {
		t.Helper()
		p := openTab(t, browser, l)
		judge(t, p.visit(t, h.URL+"/sign-in?then=/account", name), at{says: []string{"Sign in to 127.0.0.1", "User name"}})
		if l.scripts {
			p.audit(t, rules)
		}
		p.keysInto(t, "username", user+"\t"+passphrase+"\r")
		p.comes(t, "Personal access tokens")
		return p
	}
	look := func(t *testing.T, p *tab, pages []at) {
		t.Helper()
		for _, page := range pages {
			judge(t, p.visit(t, h.URL+page.path, page.name), page)
			if p.scripts {
				p.audit(t, rules)
			}
		}
	}
	look(t, in(t, looks()[0], "root", "sign-in-first"), []at{
		{"empty-account", "/account", []string{"Sessions", "this one", "admin", "all workspaces"}},
		{"empty-people", "/people", []string{"root", "None yet"}},
	})
	asks("/workspaces", `{"name":"team"}`)
	asks("/users", `{"name":"ada","password":"`+passphrase+`","role":"maintainer"}`)
	asks("/users", `{"name":"a.person.with.a.very.long.name@department.example.org","password":"`+passphrase+`","role":"viewer"}`)
	long := strings.Repeat("so-long-a-name.", 8)
	asks("/users", `{"name":"`+long+`","password":"`+passphrase+`","role":"admin","everywhere":true}`)
	asks("/services", `{"name":"`+strings.Repeat("trainer", 16)+`","role":"contributor"}`)
	asks("/services", `{"name":"trainer","role":"contributor"}`)
	asks("/users/root/tokens", `{"name":"laptop","scope":"viewer run.*"}`)
	asks("/users/root/tokens", `{"name":"ci"}`)
	for _, l := range looks() {
		t.Run(l.String(), func(t *testing.T) {
			p := in(t, l, "root", "sign-in")
			look(t, p, []at{
				{"account", "/account", []string{"laptop", "run.* viewer", "Sign out everywhere", "Change the password"}},
				{"people", "/people", []string{"ada", "trainer", "maintainer in default"}},
				{"people-delete", "/people/users/" + long + "/delete", []string{"Delete " + long + "?", "admin in all workspaces", "Cancel"}},
				{"sign-in-told", "/sign-in?told=password", []string{"The password is changed"}},
				{"account-elsewhere", "/w/team/account", []string{"all workspaces"}},
			})
			look(t, in(t, l, long, "sign-in-long"), []at{{"account-long", "/account", []string{"all workspaces"}}})
		})
	}
}
