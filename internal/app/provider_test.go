package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/freeport"
)

// provided is a tacit that asks people to sign in at a provider.
type provided struct {
	*House
	*httptest.Server
	t      *testing.T
	config string
	issuer string
	log    lines
}

const providerYAML = `access:
  providers:
    - name: sso
      title: Sign-on
      issuer: %s
      client_id: web
      client_secret_env: TACIT_TEST_OIDC_SECRET
      groups_claim: email
      roles:
        - {group: %s, role: contributor}
`

// openProvided starts the provider that TACIT_TEST_OIDC names, and a tacit.
func openProvided(t *testing.T) *provided {
	t.Helper()
	binary := os.Getenv("TACIT_TEST_OIDC")
	if binary == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TACIT_TEST_OIDC names no provider; test/stores.sh installs one")
		}
		t.Skip("TACIT_TEST_OIDC names no provider of OpenID Connect")
	}
	t.Setenv("TACIT_TEST_OIDC_SECRET", "secret")
	port := strconv.Itoa(freeport.Take(t))
	p := &provided{t: t, issuer: "http://localhost:" + port + "/", config: filepath.Join(t.TempDir(), "tacit.yaml")}
	p.open("test-user2@zitadel.ch")
	process := exec.Command(binary)
	process.Env = append(os.Environ(), "PORT="+port, "REDIRECT_URI="+p.URL+"/sign-in/from/sso")
	var said bytes.Buffer
	process.Stdout, process.Stderr = &said, &said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		if t.Failed() {
			t.Logf("the provider says:\n%s", &said)
		}
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get(p.issuer + ".well-known/openid-configuration")
		if err == nil {
			_ = answer.Body.Close()
			return p
		}
	}
	t.Fatal("the provider did not come up")
	return nil
}

// open starts a tacit, in which the provider's group gives a role.
func (p *provided) open(group string) {
	p.t.Helper()
	p.groups(group)
	var err error
	p.House, err = Open(context.Background(), Settings{Now: time.Now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Auth: "required", Config: p.config, Dir: filepath.Join(p.t.TempDir(), "tacit")}, wordiest(&p.log))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = p.House.Close() })
	door, err := p.Handler("")
	if err != nil {
		p.t.Fatal(err)
	}
	p.Server = httptest.NewServer(door)
	p.t.Cleanup(p.Server.Close)
}

// groups has the provider's group give a role.
func (p *provided) groups(group string) {
	p.t.Helper()
	if err := os.WriteFile(p.config, fmt.Appendf(nil, providerYAML, p.issuer, group), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// person is a browser that follows where it is led.
type person struct {
	http.Client
	t    *testing.T
	back string // where the provider sent it last
	flow string // what it kept of the way there
}

func (p *provided) person() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	one := &person{t: p.t}
	one.Jar = jar
	one.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), p.URL+"/sign-in/from/") {
			one.back = r.URL.String()
			for _, c := range jar.Cookies(r.URL) {
				if c.Name == "tacit_flow" {
					one.flow = c.Value
				}
			}
		}
		return nil
	}
	return one
}

// get opens an address and gives what it says; its status stands first.
func (o *person) get(address string) string {
	o.t.Helper()
	r, err := http.NewRequest("GET", address, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	return o.do(r)
}

func (o *person) post(address string, form url.Values) string {
	o.t.Helper()
	r, err := http.NewRequest("POST", address, strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	return o.do(r)
}

func (o *person) do(r *http.Request) string {
	o.t.Helper()
	answer, err := o.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return fmt.Sprintf("%d %s\n%s", answer.StatusCode, answer.Request.URL, body)
}

// enter signs in at the provider by its page, as a person does.
func (p *provided) enter(o *person) string {
	p.t.Helper()
	page := o.get(p.URL + "/sign-in/with/sso?then=/account")
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)
	if id == nil {
		p.t.Fatalf("the provider shows no form: %s", page)
	}
	return o.post(p.issuer+"login/username", url.Values{"id": {id[1]}, "username": {"test-user2"}, "password": {"verysecure"}})
}

func wantsAll(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %q: %.1500s", w, page)
		}
	}
}

// A person signs in at a real provider: the account is made, groups give roles
// and take them, and the way back is worth nothing to anybody else, or twice.
func TestSignInAtAProvider(t *testing.T) {
	p := openProvided(t)
	ada := p.person()
	wantsAll(t, ada.get(p.URL+"/account"), "200 "+p.URL+"/sign-in?then=%2Faccount", "Continue with Sign-on", `href="/sign-in/with/sso?then=%2Faccount"`)
	wantsAll(t, p.enter(ada), "200 "+p.URL+"/account", "test-user2", "contributor")

	// The address that the provider sent ada back to, in another browser, and in
	// her own once more, with what she kept of the way.
	thief := p.person()
	wantsAll(t, thief.get(ada.back), "401 ", "is for another browser, or came too late")
	site, _ := url.Parse(p.URL)
	thief.Jar.SetCookies(site, []*http.Cookie{{Name: "tacit_flow", Value: ada.flow, Path: "/"}})
	wantsAll(t, thief.get(ada.back), "401 ", "Sign-on did not prove who you are.")
	mallory := p.person() // whose own way began, and whose code is another's
	_ = mallory.get(p.URL + "/sign-in/with/sso")
	wantsAll(t, mallory.get(ada.back), "401 ", "is for another browser, or came too late")
	wantsAll(t, mallory.get(p.URL+"/sign-in/with/nobody"), "404 ")

	// The group is gone at the next sign-in.
	p.groups("nobody@example.org")
	if err := p.Reload(); err != nil {
		t.Fatal(err)
	}
	page := p.enter(p.person())
	wantsAll(t, page, "test-user2", "You have no role in any workspace yet")
	wantsAll(t, ada.get(p.URL+"/experiments"), "403 ")

	// The way out, here and there.
	token := formToken.FindStringSubmatch(ada.get(p.URL + "/account"))
	wantsAll(t, ada.post(p.URL+"/sign-out", url.Values{"form_token": {token[1]}}), "You are signed out.", `href="/sign-in/leave/sso"`, "Sign out of Sign-on too")
	wantsAll(t, ada.get(p.URL+"/sign-in/leave/sso"), p.issuer+"end_session?client_id=web")
}
