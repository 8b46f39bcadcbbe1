// Package azure is a place of files that is a container of Azure's blob storage, or of
// what speaks its protocol, below a prefix.
//
// Who may is told by a connection string, by the key of the account, by a signature that
// somebody made (SAS), or by an identity of Entra: the secret of a program, else what the
// environment, the machine or Azure's command line knows. dvc asks in this order, by
// adlfs and by azure.identity's DefaultAzureCredential, of which this knows what needs
// neither a browser nor the keyring of a desktop.
//
// The protocol is written here, as of version 2021-12-02 of the service: Azure's library
// for Go brings Arrow for the listing of blobs.
package azure

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/store"
)

// Config says where a container is and who asks. What is "" is looked for in the
// environment (AZURE_STORAGE_…) and in the file that Azure's command line keeps.
type Config struct {
	Container, Prefix string

	ConnectionString, Account, Key, SAS string
	Tenant, ID, Secret                  string // of a program in Entra
	Anonymous                           bool   // asks without proof where nothing of the above is set

	NoEnvironment, NoManaged bool // do not ask the environment or the machine for an identity

	Home   string              // of who asks
	Getenv func(string) string // the environment's; nil for an empty one
	Run    func(name string, args ...string) ([]byte, error)

	Network files.Network
	Client  string // what the program says of itself
	Retries files.Retries
	Now     func() time.Time
}

// Place is a container below a prefix.
type Place struct {
	Config
	base   *url.URL // of the container
	key    []byte
	sas    url.Values
	tokens oauth2.TokenSource
	client *store.Client
}

var _ files.Versions = (*Place)(nil)

// Open reads the configuration, and the files that it names; it does not connect.
func Open(c Config) (*Place, error) {
	if c.Container == "" {
		return nil, fault.New(fault.Invalid, "The address names no container: it would be azure://container/path.")
	}
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if err := c.complete(); err != nil {
		return nil, err
	}
	p := &Place{Config: c}
	if p.Prefix = strings.Trim(c.Prefix, "/"); p.Prefix != "" {
		p.Prefix += "/"
	}
	transport, err := c.Network.Transport("the container " + c.Container)
	if err != nil {
		return nil, err
	}
	p.client = &store.Client{Transport: transport, Address: p.Address(), Agent: c.Client, Sign: p.sign, Explain: p.explain}
	return p, p.who()
}

// who settles where the account is and by what it is proved who asks.
func (p *Place) who() (err error) {
	if strings.ContainsFunc(p.Account, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
	}) {
		return fault.New(fault.Invalid, "%.80q names no account of Azure's: it would be letters and digits.", p.Account) // what else there is would lead to another host
	}
	endpoint := "https://" + p.Account + ".blob.core.windows.net"
	if p.ConnectionString != "" {
		told, err := parse(p.ConnectionString)
		if err != nil {
			return err
		}
		endpoint, p.Account, p.Key, p.SAS, p.ID, p.Anonymous = told.endpoint, told.account, told.key, told.sas, "", told.key+told.sas == ""
	}
	if p.base, err = url.Parse(strings.TrimSuffix(endpoint, "/") + "/" + url.PathEscape(p.Container)); err != nil || p.base.Host == "" {
		return fault.New(fault.Invalid, "The account of the container %s has no address that can be asked.", p.Container)
	}
	switch {
	case p.ID != "" && p.Key == "" && p.SAS == "":
		p.tokens = oauth2.ReuseTokenSource(nil, p.program(p.Tenant, p.ID, p.Secret))
	case p.Key != "":
		if p.key, err = base64.StdEncoding.DecodeString(p.Key); err != nil {
			return fault.New(fault.Invalid, "The key of the account %s is not base64.", p.Account)
		}
	case p.SAS != "":
		if p.sas, err = url.ParseQuery(strings.TrimPrefix(p.SAS, "?")); err != nil || p.sas.Get("sig") == "" {
			return fault.New(fault.Invalid, "The sas_token of %s is none: it would have sig=… in it.", p.Address())
		}
	case !p.Anonymous:
		p.tokens = oauth2.ReuseTokenSource(nil, &found{place: p})
	}
	return nil
}

// Address is the container and the prefix.
func (p *Place) Address() string {
	return strings.TrimSuffix("azure://"+p.Container+"/"+p.Prefix, "/")
}

// Close lets idle connections go.
func (p *Place) Close() error {
	p.client.Transport.CloseIdleConnections()
	return nil
}

// explain maps what the service says to a fault.
func (p *Place) explain(r store.Refusal) error {
	code := r.Header.Get("x-ms-error-code")
	switch {
	case code == "ContainerNotFound":
		return fault.WithHint(fault.New(fault.NotFound, "There is no container %s in the account %s.", p.Container, p.Account), "make it, or set the url of the remote to another")
	case r.Status == http.StatusForbidden, r.Status == http.StatusUnauthorized, code == "NoAuthenticationInformation", code == "InvalidAuthenticationInfo", r.Status == http.StatusNotFound && code == "ResourceNotFound" && p.anonymous():
		said := "the account " + p.Account + " says " + code
		if code == "" {
			said = "the account " + p.Account + " does not say why"
		}
		return fault.WithHint(fault.New(fault.Denied, "%s refuses the credentials: %s", p.Address(), said), "set account_key, sas_token or connection_string of the remote, or tenant_id, client_id and client_secret of a program that may read and write its blobs")
	case r.Status == http.StatusNotFound && code == "ResourceNotFound": // what the container itself answers
		return fault.New(fault.NotFound, "There is no %s in %s.", r.Path, p.Address())
	case r.Status == http.StatusConflict:
		return fault.New(fault.Conflict, "%s refuses %s: %s", p.Address(), r.Path, code)
	case r.Status == http.StatusBadRequest && code != "":
		return fault.New(fault.Invalid, "%s refuses: %s", p.Address(), code)
	}
	return nil
}

func (p *Place) anonymous() bool { return p.key == nil && p.sas == nil && p.tokens == nil }
