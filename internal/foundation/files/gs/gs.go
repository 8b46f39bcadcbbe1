// Package gs is a place of files that is a bucket of Google's cloud storage, or of what
// speaks its JSON protocol, below a prefix.
//
// Who may is told by a file of credentials, by those that Google's own programs would
// take (GOOGLE_APPLICATION_CREDENTIALS, who signed in with gcloud, the machine's account),
// in that order, or by nothing, where that is set or nothing is found.
package gs

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/store"
)

// Config says where a bucket is and who asks.
type Config struct {
	Bucket, Prefix  string
	Endpoint        string // http or https with a host; "" means that of STORAGE_EMULATOR_HOST, or Google's
	CredentialsFile string // of an account of a service, a person, or elsewhere; "" for what is found
	Anonymous       bool
	Home            string              // of who asks
	Getenv          func(string) string // the environment's; nil for an empty one

	Network files.Network
	Client  string // what the program says of itself
	Retries files.Retries
	Now     func() time.Time
}

// Place is a bucket below a prefix.
type Place struct {
	Config
	base   *url.URL
	tokens oauth2.TokenSource // nil where nothing is proved
	client *store.Client
}

var _ files.Versions = (*Place)(nil)

const usualEndpoint = "https://storage.googleapis.com"

// Open reads the configuration, and the files that it names; it does not connect.
func Open(c Config) (_ *Place, err error) {
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if c.Bucket == "" {
		return nil, fault.New(fault.Invalid, "The address names no bucket: it would be gs://bucket/path.")
	}
	if c.Endpoint == "" {
		if c.Endpoint = c.Getenv("STORAGE_EMULATOR_HOST"); c.Endpoint != "" && !strings.Contains(c.Endpoint, "://") {
			c.Endpoint = "http://" + c.Endpoint
		}
	}
	if c.Endpoint == "" {
		c.Endpoint = usualEndpoint
	}
	p := &Place{Config: c}
	if p.base, err = url.Parse(c.Endpoint); err != nil || p.base.Host == "" || p.base.Scheme != "http" && p.base.Scheme != "https" || strings.Trim(p.base.Path, "/") != "" {
		return nil, fault.New(fault.Invalid, "%q is no endpoint of Google's storage: it would be https://host.", c.Endpoint)
	}
	p.base.Path = ""
	if p.Prefix = strings.Trim(c.Prefix, "/"); p.Prefix != "" {
		p.Prefix += "/"
	}
	transport, err := c.Network.Transport("the bucket " + c.Bucket)
	if err != nil {
		return nil, err
	}
	p.client = &store.Client{Transport: transport, Address: p.Address(), Agent: c.Client, Sign: p.sign, Explain: p.explain}
	return p, p.who()
}

// scope is what a token is good for.
const scope = "https://www.googleapis.com/auth/devstorage.full_control"

// who finds by what it is proved who asks.
func (p *Place) who() error {
	if p.Anonymous {
		return nil
	}
	for _, file := range []struct {
		path string
		must bool
	}{
		{p.CredentialsFile, true}, {p.Getenv("GOOGLE_APPLICATION_CREDENTIALS"), true}, {p.gcloud(), false},
	} {
		if file.path == "" {
			continue
		}
		text, err := os.ReadFile(file.path)
		if errors.Is(err, fs.ErrNotExist) && !file.must {
			continue
		}
		if err != nil {
			return fault.WithHint(fault.Because(err, fault.Invalid, "The credentials for %s cannot be read: %s.", p.Address(), file.path), "set credentialpath, or GOOGLE_APPLICATION_CREDENTIALS, to a file of credentials")
		}
		return p.read(file.path, text)
	}
	if p.Endpoint == usualEndpoint && p.Getenv("NO_GCE_CHECK") != "true" {
		p.tokens = oauth2.ReuseTokenSource(nil, &machine{place: p})
	}
	return nil
}

// gcloud is the file that gcloud auth application-default login writes.
func (p *Place) gcloud() string {
	folder := p.Getenv("CLOUDSDK_CONFIG")
	if folder == "" && p.Home != "" {
		folder = filepath.Join(p.Home, ".config", "gcloud")
	}
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, "application_default_credentials.json")
}

// read reads a file of credentials, of whatever kind it says that it is.
func (p *Place) read(path string, text []byte) error {
	var kind struct {
		Type google.CredentialsType `json:"type"`
	}
	err := json.Unmarshal(text, &kind)
	if err == nil {
		ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: p.client.Transport, Timeout: time.Minute})
		var found *google.Credentials
		if found, err = google.CredentialsFromJSONWithType(ctx, text, kind.Type, scope); err == nil {
			p.tokens = oauth2.ReuseTokenSource(nil, found.TokenSource)
			return nil
		}
	}
	return fault.WithHint(fault.Because(err, fault.Invalid, "%s holds no credentials of Google's.", path), "it would be the JSON file of a service account, or what gcloud auth application-default login writes")
}

// machine is the account of the machine, where Google keeps it; elsewhere nothing is
// proved, as gcsfs does.
type machine struct {
	place *Place
	none  bool
}

// Token is nil where there is no account.
func (m *machine) Token() (*oauth2.Token, error) {
	if m.none {
		return nil, nil
	}
	r, err := http.NewRequest(http.MethodGet, "http://"+m.host()+"/computeMetadata/v1/instance/service-accounts/default/token?scopes="+url.QueryEscape(scope), nil)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "%q is no machine's address.", m.host())
	}
	r.Header.Set("Metadata-Flavor", "Google")
	const patience = 2 * time.Second
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}).Do(r)
	var t struct {
		Access  string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	if err == nil {
		err = errors.Join(json.NewDecoder(answer.Body).Decode(&t), answer.Body.Close())
	}
	if err != nil || t.Access == "" {
		m.none = true
		return nil, nil
	}
	return &oauth2.Token{AccessToken: t.Access, TokenType: "Bearer", Expiry: m.place.Now().Add(time.Duration(t.Seconds) * time.Second)}, nil
}

func (m *machine) host() string {
	if host := m.place.Getenv("GCE_METADATA_HOST"); host != "" {
		return host
	}
	return "169.254.169.254"
}

// sign proves who asks, where anything does.
func (p *Place) sign(r *http.Request) error {
	r.Header.Set("Accept-Encoding", "gzip") // files that are packed come as they lie
	if p.tokens == nil {
		return nil
	}
	token, err := p.tokens.Token()
	var said *oauth2.RetrieveError
	if errors.As(err, &said) && said.Response != nil && said.Response.StatusCode < http.StatusInternalServerError {
		return fault.WithHint(fault.Because(err, fault.Denied, "Google gives no token for %s by these credentials.", p.Address()), "make new ones, and set credentialpath to their file")
	}
	if err != nil {
		return fault.Because(err, fault.Unavailable, "Google gives no token now.")
	}
	if token != nil {
		token.SetAuthHeader(r)
	}
	return nil
}

// Address is the bucket and the prefix.
func (p *Place) Address() string {
	return strings.TrimSuffix("gs://"+p.Bucket+"/"+p.Prefix, "/")
}

// Close lets idle connections go.
func (p *Place) Close() error {
	p.client.Transport.CloseIdleConnections()
	return nil
}

// explain maps what the service says to a fault.
func (p *Place) explain(r store.Refusal) error {
	var said struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(r.Body, &said) // of a file that is read, the refusal is a text
	message := said.Error.Message
	if message == "" {
		message, _, _ = strings.Cut(strings.TrimSpace(string(r.Body)), "\n")
	}
	switch {
	case r.Status == http.StatusNotFound && strings.Contains(strings.ToLower(message), "bucket does not exist"), r.Status == http.StatusNotFound && r.Path == "":
		return fault.WithHint(fault.New(fault.NotFound, "There is no bucket %s.", p.Bucket), "make it, or set the url of the remote to another")
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		if message == "" {
			message = http.StatusText(r.Status)
		}
		return fault.WithHint(fault.New(fault.Denied, "%s refuses the credentials: %s", p.Address(), message), "set credentialpath to the file of an account that may, or sign in with gcloud auth application-default login")
	case r.Status == http.StatusBadRequest && message != "":
		return fault.New(fault.Invalid, "%s refuses: %s", p.Address(), message)
	}
	return nil
}
