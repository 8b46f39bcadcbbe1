package azure

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// resource is what a token is asked for.
const resource = "https://storage.azure.com/"

// source is one way to a token.
type source func() (*oauth2.Token, error)

// Token gives one.
func (s source) Token() (*oauth2.Token, error) { return s() }

// context is that of requests for tokens: these belong to no request for files.
func (p *Place) context() context.Context {
	return context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: p.client.Transport, Timeout: time.Minute})
}

// entra is where a tenant's tokens are given.
func (p *Place) entra(tenant string) string {
	authority := first(p.Getenv("AZURE_AUTHORITY_HOST"), "https://login.microsoftonline.com")
	if !strings.Contains(authority, "://") {
		authority = "https://" + authority
	}
	return strings.TrimSuffix(authority, "/") + "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token"
}

// program is a program that has a secret.
func (p *Place) program(tenant, id, secret string) oauth2.TokenSource {
	return source(func() (*oauth2.Token, error) {
		if tenant == "" || secret == "" {
			return nil, fault.New(fault.Invalid, "A program of Entra is known by tenant_id, client_id and client_secret: one of them is missing.")
		}
		c := clientcredentials.Config{ClientID: id, ClientSecret: secret, TokenURL: p.entra(tenant), Scopes: []string{resource + ".default"}, AuthStyle: oauth2.AuthStyleInParams}
		token, err := c.Token(p.context())
		return token, p.refused(err)
	})
}

// workload is a program to which its surroundings give a token of their own, in a file.
func (p *Place) workload(tenant, id, file string) source {
	return func() (*oauth2.Token, error) {
		assertion, err := os.ReadFile(file)
		if err != nil {
			return nil, fault.Because(err, fault.Denied, "The token of AZURE_FEDERATED_TOKEN_FILE cannot be read.")
		}
		c := clientcredentials.Config{
			ClientID: id, TokenURL: p.entra(tenant), Scopes: []string{resource + ".default"}, AuthStyle: oauth2.AuthStyleInParams,
			EndpointParams: url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {strings.TrimSpace(string(assertion))}},
		}
		token, err := c.Token(p.context())
		return token, p.refused(err)
	}
}

func (p *Place) refused(err error) error {
	var said *oauth2.RetrieveError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said) && said.Response != nil && said.Response.StatusCode < http.StatusInternalServerError:
		return fault.WithHint(fault.Because(err, fault.Denied, "Entra gives no token for %s: %s", p.Address(), first(said.ErrorCode, said.Response.Status)), "look at tenant_id, client_id and client_secret")
	}
	return fault.Because(err, fault.Unavailable, "Entra does not answer as it should.")
}

// found is the first identity that the environment, the machine or Azure's command line
// gives; the others are not asked any more.
type found struct {
	place *Place
	one   source
}

// Token gives one: fault.Denied where nobody knows who asks.
func (f *found) Token() (*oauth2.Token, error) {
	if f.one != nil {
		return f.one()
	}
	var why []string
	for _, way := range f.place.ways() {
		token, err := way.get()
		if err == nil {
			f.one = way.get
			return token, nil
		}
		why = append(why, way.name+" ("+fault.Sentence(err)+")")
	}
	return nil, fault.WithHint(fault.New(fault.Denied, "Nothing proves to %s who asks. Asked were: %s.", f.place.Address(), strings.Join(why, ", ")),
		"set account_key, sas_token or connection_string of the remote, or tenant_id, client_id and client_secret; or sign in with az login")
}

type way struct {
	name string
	get  source
}

// ways are those of azure.identity, in its order.
func (p *Place) ways() []way {
	tenant, id := p.Getenv("AZURE_TENANT_ID"), p.Getenv("AZURE_CLIENT_ID")
	var all []way
	if secret := p.Getenv("AZURE_CLIENT_SECRET"); !p.NoEnvironment && tenant != "" && id != "" && secret != "" {
		all = append(all, way{"the environment", p.program(tenant, id, secret).Token})
	}
	if file := p.Getenv("AZURE_FEDERATED_TOKEN_FILE"); tenant != "" && id != "" && file != "" {
		all = append(all, way{"the workload", p.workload(tenant, id, file)})
	}
	if !p.NoManaged {
		all = append(all, way{"the machine", func() (*oauth2.Token, error) { return p.managed(id) }})
	}
	return append(all, way{"Azure's command line", p.line})
}

// managed is the identity of a machine or of an app in Azure.
func (p *Place) managed(id string) (*oauth2.Token, error) {
	query := url.Values{"resource": {strings.TrimSuffix(resource, "/")}}
	if id != "" {
		query.Set("client_id", id)
	}
	at, header, value := "http://169.254.169.254/metadata/identity/oauth2/token", "Metadata", "true"
	query.Set("api-version", "2018-02-01")
	if app := p.Getenv("IDENTITY_ENDPOINT"); app != "" && p.Getenv("IDENTITY_HEADER") != "" {
		at, header, value = app, "X-IDENTITY-HEADER", p.Getenv("IDENTITY_HEADER")
		query.Set("api-version", "2019-08-01")
	} else if host := p.Getenv("AZURE_POD_IDENTITY_AUTHORITY_HOST"); host != "" {
		at = strings.TrimSuffix(host, "/") + "/metadata/identity/oauth2/token"
	}
	const patience = 2 * time.Second // elsewhere nobody is at that address
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"?"+query.Encode(), nil)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "%q cannot be asked.", at)
	}
	r.Header.Set(header, value)
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r) // no proxy is asked for what is next door
	if err != nil {
		return nil, fault.Because(err, fault.Denied, "it has no identity")
	}
	const longest = 64 << 10
	text, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
		return nil, fault.New(fault.Denied, "it has no identity for this")
	}
	return p.token(text)
}

// line is who signed in with Azure's command line.
func (p *Place) line() (*oauth2.Token, error) {
	run := p.Run
	if run == nil {
		run = func(name string, args ...string) ([]byte, error) { return exec.Command(name, args...).Output() }
	}
	text, err := run("az", "account", "get-access-token", "--output", "json", "--resource", strings.TrimSuffix(resource, "/"))
	if err != nil {
		return nil, fault.Because(err, fault.Denied, "nobody is signed in there")
	}
	return p.token(text)
}

// token reads what the machine or the command line answers: of the first the end is in
// seconds, as a text or a number, of the second too, or else a local time.
func (p *Place) token(text []byte) (*oauth2.Token, error) {
	var t struct {
		Access  string      `json:"access_token"`
		Line    string      `json:"accessToken"`
		Ends    json.Number `json:"expires_on"`
		EndsOn  string      `json:"expiresOn"`
		Seconds json.Number `json:"expires_in"`
	}
	if err := json.Unmarshal(text, &t); err != nil || t.Access+t.Line == "" {
		return nil, fault.New(fault.Denied, "what it says is no token")
	}
	token := &oauth2.Token{AccessToken: first(t.Access, t.Line), TokenType: "Bearer"}
	const least = 5 * time.Minute // of a token whose end nobody tells
	token.Expiry = p.Now().Add(least)
	if at, err := t.Ends.Int64(); err == nil {
		token.Expiry = time.Unix(at, 0)
	} else if at, err := time.ParseInLocation("2006-01-02 15:04:05.999999", t.EndsOn, time.Local); err == nil {
		token.Expiry = at
	} else if n, err := t.Seconds.Int64(); err == nil {
		token.Expiry = p.Now().Add(time.Duration(n) * time.Second)
	}
	return token, nil
}
