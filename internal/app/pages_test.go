package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// browser is one that signs in at a guarded house's pages, without JavaScript.
type browser struct {
	guarded
	cookies map[string]string
	page    string // the last one
}

func (g guarded) browser() *browser { return &browser{guarded: g, cookies: map[string]string{}} }

// get opens a page; it does not follow where that leads.
func (b *browser) get(path string) *httptest.ResponseRecorder {
	return b.do("GET", path, nil)
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// post sends a form with the token of the last page.
func (b *browser) post(path string, pairs ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	if m := formToken.FindStringSubmatch(b.page); m != nil {
		form.Set("form_token", m[1])
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, form)
}

func (b *browser) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	header := []string{"Accept", "text/html", "Sec-Fetch-Site", "same-origin"}
	if form != nil {
		header = append(header, "Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		header = append(header, "Cookie", name+"="+value)
	}
	w := b.ask(b.door, method, path, form.Encode(), header...)
	for _, c := range w.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	if strings.Contains(w.Body.String(), "<html") {
		b.page = w.Body.String()
	}
	return w
}

// signIn signs in, and gives where that leads.
func (b *browser) signIn(name, then string) string {
	b.t.Helper()
	w := b.post("/sign-in", "username", name, "password", "correct horse", "then", then)
	if w.Code != http.StatusSeeOther {
		b.t.Fatal(w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

func (b *browser) wants(w *httptest.ResponseRecorder, status int, says string) {
	b.t.Helper()
	if said := w.Header().Get("Location") + w.Body.String(); w.Code != status || !strings.Contains(said, says) {
		b.t.Errorf("%d %.600s, want %d %s", w.Code, said, status, says)
	}
}

func TestAPageLeadsToTheSignInPageAndBack(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("ada", "contributor")
	b := g.browser()
	b.wants(b.get("/experiments?filter=a+%3E+1"), 303, "/sign-in?then=%2Fexperiments%3Ffilter%3Da%2B%253E%2B1")
	b.wants(b.get("/"), 303, "/sign-in")
	b.wants(b.get("/sign-in?then=/experiments"), 200, `name="then" value="/experiments"`)
	for _, elsewhere := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "javascript:alert(1)", "/%0d%0a", ""} {
		if b.get("/sign-in?then=" + url.QueryEscape(elsewhere)); strings.Contains(b.page, "evil.example") {
			t.Errorf("the sign-in page leads to %q", elsewhere)
		}
		if to := b.signIn("ada", elsewhere); to != "/" && to != "/%0d%0a" {
			t.Errorf("then %q leads to %q", elsewhere, to)
		}
	}
	if to := b.signIn("ada", "/experiments"); to != "/experiments" {
		t.Errorf("signing in leads to %q", to)
	}
	b.wants(b.get("/experiments"), 200, "Sign out")
	b.wants(b.get("/nowhere"), 404, "ada")
	b.wants(b.get("/w/team/experiments"), 403, "Sign out") // who has no part here still finds the way out
	b.wants(b.get("/w/team/account"), 200, "contributor")
	b.wants(b.get("/people"), 403, "user.list")
	b.wants(b.post("/sign-out", "form_token", "another"), 403, "not made for this session")
	b.get("/account")
	b.wants(b.post("/sign-out"), 303, "/sign-in?told=out")
	b.wants(b.get("/experiments"), 303, "/sign-in")
}

// What sign-in says is the same whoever is asked for, and tells no secret.
func TestTheSignInPageTellsNobodyApart(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("ada", "viewer")
	g.user("gone", "viewer")
	g.ask(g.socket, "PATCH", "/api/v1/users/gone", `{"disabled":true}`, "Content-Type", "application/json")
	answers := map[string]bool{}
	for _, name := range []string{"ada", "nobody", "gone", "a b", "local"} {
		w := g.browser().post("/sign-in", "username", name, "password", "wrong horse")
		if w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) > 0 || strings.Contains(w.Body.String(), "wrong horse") {
			t.Errorf("%s: %d %v", name, w.Code, w.Result().Cookies())
		}
		answers[strings.ReplaceAll(w.Body.String(), `value="`+name+`"`, "")] = true
	}
	if len(answers) != 1 {
		t.Errorf("%d different answers", len(answers))
	}
	b := g.browser()
	for range 60 {
		b.post("/sign-in", "username", "ada", "password", "wrong horse")
	}
	b.wants(b.post("/sign-in", "username", "ada", "password", "wrong horse"), 429, "Too many sign-ins were wrong.")
}

// An account: tokens that are shown once, sessions that end, a password that
// ends them all.
func TestOwnAccount(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("ada", "contributor")
	b, other := g.browser(), g.browser()
	b.signIn("ada", "")
	other.signIn("ada", "")
	b.wants(b.get("/account"), 200, "this one")
	made := b.post("/account/tokens", "name", "laptop", "days", "30", "scope", "viewer")
	secret := regexp.MustCompile(`tacit_pat_[A-Za-z0-9_-]{43}`).FindString(made.Body.String())
	if made.Code != 200 || secret == "" || made.Header().Get("Cache-Control") != "no-store" {
		t.Fatal(made.Code, made.Header())
	}
	if w := b.get("/account"); strings.Contains(w.Body.String(), "tacit_pat_") || !strings.Contains(w.Body.String(), "laptop") {
		t.Error("the token is shown again, or not listed")
	}
	if w := g.ask(g.door, "GET", "/api/v1/me", "", "Authorization", "Bearer "+secret); !strings.Contains(w.Body.String(), `"scope":"viewer"`) {
		t.Errorf("the token proves %s", w.Body)
	}
	b.wants(b.post("/account/tokens", "name", "laptop", "days", "30"), 400, "has a token laptop already")
	b.wants(b.post("/account/tokens", "name", "x", "days", "-1"), 400, "1 to 3650 days")
	b.wants(b.post("/account/tokens", "name", "x", "scope", "Everything!"), 400, "is not a scope")
	b.wants(b.post("/account/tokens", "name", "x", "scope", "frob.nix"), 400, "There is no action")
	b.wants(b.post("/account/tokens/revoke", "name", "laptop"), 303, "/account")
	if w := g.ask(g.door, "GET", "/api/v1/me", "", "Authorization", "Bearer "+secret); w.Code != http.StatusUnauthorized {
		t.Errorf("the revoked token is answered %d", w.Code)
	}

	session := regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(b.page)
	if session == nil {
		t.Fatal("the other session is not listed")
	}
	b.wants(b.post("/account/sessions/end", "session", session[1]), 303, "/account")
	other.wants(other.get("/account"), 303, "/sign-in")
	b.wants(b.post("/account/password", "old", "correct horse", "new", "another horse", "again", "another cow"), 400, "not typed the same way twice")
	b.wants(b.post("/account/password", "old", "wrong horse", "new", "another horse", "again", "another horse"), 400, "The password before is wrong")
	b.wants(b.post("/account/password", "old", "correct horse", "new", "another horse", "again", "another horse"), 303, "told=password")
	b.wants(b.get("/account"), 303, "/sign-in")
	b.wants(b.post("/sign-in", "username", "ada", "password", "another horse"), 303, "/")
	b.get("/account")
	b.wants(b.post("/account/sessions/end-all"), 303, "told=everywhere")
	b.wants(b.get("/account"), 303, "/sign-in")
}

func TestPeople(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.ask(g.socket, "POST", "/api/v1/users", `{"name":"root","password":"correct horse","role":"admin","everywhere":true}`, "Content-Type", "application/json")
	b := g.browser()
	b.signIn("root", "")
	b.wants(b.get("/people"), 200, "root")
	b.wants(b.post("/people/users", "name", "ada", "password", "correct horse", "role", "viewer", "where", "here"), 303, "/people")
	b.wants(b.post("/people/users", "name", "ada", "password", "correct horse", "role", "viewer"), 400, "There is a user ada already")
	b.wants(b.post("/people/users", "name", "eve", "password", "short", "role", "viewer"), 400, "at least 8 characters")
	b.wants(b.post("/people/users/ada/role", "role", "maintainer", "where", "*"), 303, "/people")
	b.wants(b.get("/people"), 200, "in all workspaces")
	b.wants(b.post("/people/services", "name", "trainer", "role", "contributor"), 200, "tacit_sec_")
	b.wants(b.get("/people"), 200, "/people/services/trainer/secret")
	b.wants(b.post("/people/services/trainer/secret", "keep", "24h"), 200, "New secret of the service trainer; the one before holds until ")
	b.wants(b.post("/people/services/trainer/secret", "keep", "0"), 200, "the one before has ended")
	b.wants(b.post("/people/services/trainer/secret"), 400, "It is not said how long")
	b.wants(b.post("/people/services/trainer/secret", "keep", "721h"), 400, "30 days at most")
	b.wants(b.get("/people/services/trainer/delete"), 200, "the secret, and the one before while that holds")
	b.wants(b.get("/people"), 200, `href="/people/services/trainer/delete"`) // asking did nothing
	b.wants(b.post("/people/services/trainer/delete"), 303, "/people")
	b.wants(b.get("/people/services/trainer/delete"), 404, "There is no service trainer")
	ada := g.browser()
	ada.signIn("ada", "")
	b.wants(b.post("/people/users/ada/sign-out"), 303, "/people")
	ada.wants(ada.get("/account"), 303, "/sign-in")
	ada.signIn("ada", "")
	b.wants(b.post("/people/users/ada/disabled", "disabled", "1"), 303, "/people")
	ada.wants(ada.get("/account"), 303, "/sign-in")
	b.wants(b.get("/people"), 200, "disabled")

	// An administrator of one workspace gives no role in all.
	g.user("mei", "admin")
	mei := g.browser()
	mei.signIn("mei", "")
	mei.get("/people")
	mei.wants(mei.post("/people/users/ada/role", "role", "admin", "where", "*"), 403, "installation.update")
	mei.wants(mei.post("/people/users", "name", "eve", "password", "correct horse", "role", "viewer"), 403, "user.create")
	mei.wants(mei.post("/people/services/trainer/delete"), 403, "service.delete")
}

// Deleting somebody asks first, and says what goes; nobody deletes themselves.
func TestDeletingAUserAsksFirst(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.ask(g.socket, "POST", "/api/v1/users", `{"name":"root","password":"correct horse","role":"admin","everywhere":true}`, "Content-Type", "application/json")
	token := g.user("ada", "maintainer")
	g.user("mei", "admin")
	ada, mei, b := g.browser(), g.browser(), g.browser()
	ada.signIn("ada", "")
	b.signIn("root", "")
	if b.get("/people"); !strings.Contains(b.page, `href="/people/users/ada/delete"`) || strings.Contains(b.page, "/people/users/root/delete") {
		t.Error("the page does not lead to the deletion of others, or leads to one's own")
	}
	for _, want := range []string{"Delete ada?", "1 session, 1 personal access token, the password", "maintainer <span class=\"dim\">in default", "Cancel"} {
		b.wants(b.get("/people/users/ada/delete"), 200, want)
	}
	ada.wants(ada.get("/account"), 200, "maintainer") // asking did nothing
	b.wants(b.get("/people/users/nobody/delete"), 404, "There is no user nobody")
	b.wants(b.get("/people/users/root/delete"), 400, "cannot delete their own account")
	b.wants(b.post("/people/users/root/delete"), 400, "cannot delete their own account")
	mei.signIn("mei", "")
	mei.get("/people")
	mei.wants(mei.get("/people/users/ada/delete"), 403, "user.delete")
	mei.wants(mei.post("/people/users/ada/delete"), 403, "user.delete")

	b.get("/people/users/ada/delete")
	b.wants(b.post("/people/users/ada/delete"), 303, "/people")
	if b.wants(b.get("/people"), 200, "root"); strings.Contains(b.page, ">ada<") {
		t.Error("who was deleted is still listed")
	}
	ada.wants(ada.get("/account"), 303, "/sign-in")
	if w := g.ask(g.door, "GET", "/api/v1/me", "", "Authorization", token); w.Code != http.StatusUnauthorized {
		t.Errorf("the token of who was deleted is answered %d", w.Code)
	}
	b.wants(b.post("/people/users/ada/delete"), 400, "There is no user ada")
}

// The first start: the link that up prints makes the first administrator, once;
// they invite everybody else.
func TestFirstStartAndInvitations(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	links := make([]string, 2)
	for i := range links { // each start prints another
		var err error
		if links[i], err = g.FirstLink(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b := g.browser()
	b.wants(b.get(links[0]), 404, "was used, has expired, or is none of this tacit")
	b.wants(b.get(links[1]), 200, "Nobody is an administrator here yet")
	_, secret, _ := strings.Cut(links[1], "token=")
	b.wants(b.post("/welcome", "token", secret, "name", "root", "new", "correct horse", "again", "correct cow"), 400, "same way twice")
	b.wants(b.post("/welcome", "token", secret, "name", "local", "new", "correct horse", "again", "correct horse"), 400, "tacit&#39;s own")
	b.wants(b.post("/welcome", "token", secret, "name", "root", "new", "correct horse", "again", "correct horse"), 303, "/")
	b.wants(g.browser().get(links[1]), 404, "leads nowhere")
	if link, err := g.FirstLink(t.Context()); link != "" || err != nil {
		t.Errorf("there is an administrator, and a link %q: %v", link, err)
	}
	b.wants(b.get("/people"), 200, "admin")
	made := b.post("/people/users", "name", "ada", "role", "contributor", "where", "here")
	link := regexp.MustCompile(`http://127.0.0.1(/welcome\?token=tacit_inv_[A-Za-z0-9_-]{43})`).FindStringSubmatch(made.Body.String())
	if made.Code != 200 || link == nil {
		t.Fatal(made.Code, made.Body)
	}
	ada := g.browser()
	ada.wants(ada.get(link[1]), 200, "Choose a password for")
	_, secret, _ = strings.Cut(link[1], "token=")
	ada.wants(ada.post("/welcome", "token", secret, "new", "correct horse", "again", "correct horse"), 303, "/")
	ada.wants(ada.get("/account"), 200, "contributor")
	ada.wants(ada.post("/welcome", "token", secret, "new", "another horse", "again", "another horse"), 404, "leads nowhere")
	b.get("/people")
	b.wants(b.post("/people/users/ada/invitation"), 200, "/welcome?token=tacit_inv_")
	b.wants(b.post("/people/users/nobody/invitation"), 400, "There is no user nobody")
}
