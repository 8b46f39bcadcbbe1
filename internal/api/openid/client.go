package openid

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

const (
	// askTime bounds one question to a provider, maxAnswer its answer in bytes.
	askTime   = 10 * time.Second
	maxAnswer = 1 << 20
	// knownTime is how long what a provider says of itself is believed.
	knownTime = time.Hour
)

// algorithms are those by which an ID token may be signed: with the provider's
// own key. none, and those by a key that both know, are never taken.
func algorithms() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}
}

// Config is what the client is made of.
type Config struct {
	Providers func() []access.Provider // as they are set now
	Now       func() time.Time
	Getenv    func(string) string
}

// Client asks providers.
type Client struct {
	Config
	http *http.Client

	mu    sync.Mutex
	known map[string]known // by issuer
}

// known is what a provider said of itself.
type known struct {
	*oidc.Provider
	about about
	until time.Time
}

// about is what go-oidc leaves to us of a provider's own description.
type about struct {
	EndSession string   `json:"end_session_endpoint"`
	TokenAuth  []string `json:"token_endpoint_auth_methods_supported"`
}

// New gives the client.
func New(c Config) *Client {
	return &Client{Config: c, known: map[string]known{}, http: &http.Client{Timeout: askTime, Transport: bounded{http.DefaultTransport}}}
}

// bounded reads no more of an answer than a provider needs.
type bounded struct{ http.RoundTripper }

// RoundTrip asks.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

// All are the providers, as they are set now.
func (c *Client) All() []access.Provider { return c.Providers() }

// Named gives the provider of a name. fault.NotFound.
func (c *Client) Named(name string) (access.Provider, error) {
	for _, p := range c.Providers() {
		if p.Name == name {
			return p, nil
		}
	}
	return access.Provider{}, fault.New(fault.NotFound, "There is no provider %q.", name)
}

// discover asks a provider what it is, unless that is known. fault.Unavailable.
func (c *Client) discover(ctx context.Context, p access.Provider) (known, error) {
	c.mu.Lock()
	k, ok := c.known[p.Issuer]
	c.mu.Unlock()
	if ok && c.Now().Before(k.until) {
		return k, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, c.http), p.Issuer)
	if err != nil {
		return k, unavailable(p, err)
	}
	k = known{Provider: found, until: c.Now().Add(knownTime)}
	if err := found.Claims(&k.about); err != nil {
		return k, unavailable(p, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[p.Issuer] = k
	return k, nil
}

func unavailable(p access.Provider, err error) error {
	return fault.WithHint(fault.Because(err, fault.Unavailable, "%s cannot be asked who you are.", p.Title), "try again, or sign in another way")
}

// oauth is how the provider is asked; redirect is where it sends people back.
func (c *Client) oauth(p access.Provider, k known, redirect string) (*oauth2.Config, error) {
	secret, err := c.secret(p)
	if err != nil {
		return nil, err
	}
	endpoint := k.Endpoint()
	if endpoint.AuthStyle = oauth2.AuthStyleInHeader; secret == "" || len(k.about.TokenAuth) > 0 && !slices.Contains(k.about.TokenAuth, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: secret, Endpoint: endpoint, RedirectURL: redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, p.Scopes...),
	}, nil
}

// secret is what the provider gave this tacit to prove itself by.
func (c *Client) secret(p access.Provider) (string, error) {
	switch {
	case p.ClientSecretEnv != "":
		if secret := c.Getenv(p.ClientSecretEnv); secret != "" {
			return secret, nil
		}
		return "", fault.New(fault.Unavailable, "The secret for %s is not set on the server.", p.Title)
	case p.ClientSecretFile == "":
		return "", nil
	}
	file, err := os.Open(p.ClientSecretFile)
	if err != nil {
		return "", fault.Because(err, fault.Unavailable, "The secret for %s cannot be read on the server.", p.Title)
	}
	defer func() { _ = file.Close() }()
	line, err := bufio.NewReader(io.LimitReader(file, maxAnswer)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fault.Because(err, fault.Unavailable, "The secret for %s cannot be read on the server.", p.Title)
	}
	return strings.TrimSpace(line), nil
}

// Begin is the address at the provider to which the person goes.
// fault.Unavailable.
func (c *Client) Begin(ctx context.Context, p access.Provider, f Flow, redirect string) (address string, err error) {
	defer fault.Wrap(&err, "openid.Begin(%s)", p.Name)
	k, err := c.discover(ctx, p)
	if err != nil {
		return "", err
	}
	o, err := c.oauth(p, k, redirect)
	if err != nil {
		return "", err
	}
	return o.AuthCodeURL(f.state(), oidc.Nonce(f.nonce()), oauth2.S256ChallengeOption(f.verifier())), nil
}

// EndSession is the address at which the provider ends its own session too and
// sends the person back; "" where it has none.
func (c *Client) EndSession(ctx context.Context, p access.Provider, back string) (address string, err error) {
	defer fault.Wrap(&err, "openid.EndSession(%s)", p.Name)
	k, err := c.discover(ctx, p)
	if err != nil || k.about.EndSession == "" {
		return "", err
	}
	u, err := url.Parse(k.about.EndSession)
	if err != nil {
		return "", unavailable(p, err)
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", back)
	u.RawQuery = q.Encode()
	return u.String(), nil
}
