package app

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// forger is a provider of OpenID Connect that signs in everybody at once, and
// answers with whatever ID token it is told to.
type forger struct {
	*httptest.Server
	t     *testing.T
	key   *rsa.PrivateKey // the one that it publishes, as "own"
	token func(claims map[string]any) string

	code, access string     // that it gives
	refuses      bool       // it gives no token, and tells what it was asked by
	asked        url.Values // how it was asked last, by the browser
	proved       url.Values // and by tacit
}

func newForger(t *testing.T) *forger {
	t.Helper()
	f := &forger{t: t, key: newKey(t), code: "any", access: "any"}
	mux := http.NewServeMux()
	answer := func(path string, body func(r *http.Request) map[string]any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body(r))
		})
	}
	answer("/.well-known/openid-configuration", func(*http.Request) map[string]any {
		return map[string]any{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
			// Whatever it says that it signs by, what is taken is ours to say.
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		}
	})
	answer("/keys", func(*http.Request) map[string]any {
		return map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "own", "use": "sig", "alg": "RS256",
			"n": encoded(f.key.N.Bytes()), "e": encoded(big.NewInt(int64(f.key.E)).Bytes())}}}
	})
	answer("/token", func(r *http.Request) map[string]any {
		_ = r.ParseForm()
		f.proved = r.PostForm
		if f.refuses {
			return map[string]any{"error": "invalid_grant", "error_description": "No: " + r.PostForm.Encode() + " " + r.Header.Get("Authorization")}
		}
		now := time.Now().Unix()
		claims := map[string]any{"iss": f.URL, "aud": "web", "sub": "1", "preferred_username": "eve", "email": "eve@example.org", "iat": now, "exp": now + 60, "nonce": f.asked.Get("nonce")}
		return map[string]any{"access_token": f.access, "token_type": "Bearer", "expires_in": 60, "id_token": f.token(claims)}
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		f.asked = r.URL.Query()
		http.Redirect(w, r, f.asked.Get("redirect_uri")+"?"+url.Values{"code": {f.code}, "state": {f.asked.Get("state")}}.Encode(), http.StatusSeeOther)
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Server.Close)
	return f
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// unsigned is the part of a token that is signed.
func (f *forger) unsigned(algorithm, kid string, claims map[string]any) string {
	head, err := json.Marshal(map[string]string{"typ": "JWT", "alg": algorithm, "kid": kid})
	if err != nil {
		f.t.Error(err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		f.t.Error(err)
	}
	return encoded(head) + "." + encoded(body)
}

// signed is a token by RS256.
func (f *forger) signed(key *rsa.PrivateKey, kid string, claims map[string]any) string {
	text := f.unsigned("RS256", kid, claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		f.t.Error(err)
	}
	return text + "." + encoded(signature)
}

// coded is a token by HS256.
func (f *forger) coded(key []byte, kid string, claims map[string]any) string {
	text := f.unsigned("HS256", kid, claims)
	code := hmac.New(sha256.New, key)
	_, _ = code.Write([]byte(text))
	return text + "." + encoded(code.Sum(nil))
}

// with signs the claims by the published key, some of them changed; nil takes
// one away.
func (f *forger) with(changed map[string]any) func(map[string]any) string {
	return func(claims map[string]any) string {
		maps.Copy(claims, changed)
		maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
		return f.signed(f.key, "own", claims)
	}
}

// forgeries are tokens that prove nobody.
func (f *forger) forgeries() map[string]func(claims map[string]any) string {
	other, now := newKey(f.t), time.Now().Unix()
	public, err := x509.MarshalPKIXPublicKey(&f.key.PublicKey)
	if err != nil {
		f.t.Fatal(err)
	}
	published := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	return map[string]func(map[string]any) string{
		"no token":                       func(map[string]any) string { return "" },
		"alg:none":                       func(c map[string]any) string { return f.unsigned("none", "own", c) + "." },
		"alg:None with a key's name":     func(c map[string]any) string { return f.unsigned("None", "own", c) + "." },
		"RS256 without a signature":      func(c map[string]any) string { return f.unsigned("RS256", "own", c) + "." },
		"HS256 by the client's secret":   func(c map[string]any) string { return f.coded([]byte("secret"), "", c) },
		"HS256 by the published key":     func(c map[string]any) string { return f.coded(published, "own", c) },
		"an unknown key":                 func(c map[string]any) string { return f.signed(other, "other", c) },
		"an unknown key by a known name": func(c map[string]any) string { return f.signed(other, "own", c) },
		"claims changed after signing": func(c map[string]any) string {
			parts := strings.Split(f.signed(f.key, "own", c), ".")
			c["sub"] = "2"
			return f.unsigned("RS256", "own", c) + "." + parts[2]
		},
		"another nonce":    f.with(map[string]any{"nonce": "another"}),
		"no nonce":         f.with(map[string]any{"nonce": nil}),
		"another audience": f.with(map[string]any{"aud": "another"}),
		"other audiences":  f.with(map[string]any{"aud": []string{"another", "webb"}}),
		"no audience":      f.with(map[string]any{"aud": nil}),
		"another issuer":   f.with(map[string]any{"iss": "https://accounts.example.org"}),
		"no issuer":        f.with(map[string]any{"iss": nil}),
		"expired":          f.with(map[string]any{"iat": now - 120, "exp": now - 60}),
		"no end":           f.with(map[string]any{"exp": nil}),
	}
}

// An ID token that is forged, another's, for another or over proves nobody: the
// page is the same whatever was wrong, nobody is signed in, and no user is made.
func TestForgedIdentitiesProveNobody(t *testing.T) {
	t.Setenv("TACIT_TEST_OIDC_SECRET", "secret")
	f := newForger(t)
	p := &provided{t: t, issuer: f.URL, config: filepath.Join(t.TempDir(), "tacit.yaml")}
	p.open("nobody@example.org")
	socket, err := p.Handler("http://127.0.0.1:5000")
	if err != nil {
		t.Fatal(err)
	}
	g := guarded{House: p.House, t: t, socket: socket}
	users := func() string { return g.ask(socket, "GET", "/api/v1/users", "").Body.String() }
	before := users()

	// What each way back says, without its own address.
	first := ""
	for name, token := range f.forgeries() {
		f.token = token
		eve := p.person()
		address, page, _ := strings.Cut(eve.get(p.URL+"/sign-in/with/sso?then=/account"), "\n")
		if !strings.HasPrefix(address, "401 "+p.URL+"/sign-in/from/sso?") || !strings.Contains(page, "Sign-on did not prove who you are.") {
			t.Errorf("%s: %s %.1500s", name, address, page)
		}
		if first == "" {
			first = page
		}
		if page != first {
			t.Errorf("%s has a page of its own: %s", name, page)
		}
		wantsAll(t, eve.get(p.URL+"/account"), "200 "+p.URL+"/sign-in?then=%2Faccount")
	}
	if after := users(); after != before || strings.Contains(after, "eve") {
		t.Errorf("users are %s, and were %s", after, before)
	}

	// The same claims, as the provider signs them, do prove her.
	f.token = f.with(nil)
	wantsAll(t, p.person().get(p.URL+"/sign-in/with/sso?then=/account"), "200 "+p.URL+"/account", "eve")
	if after := users(); !strings.Contains(after, `"name":"eve"`) {
		t.Errorf("users are %s", after)
	}
}
