package access

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Provider is an OpenID Connect provider that proves people's identity.
type Provider struct {
	// Name stands in addresses: the provider is told the address
	// <public URL>/sign-in/from/<name>.
	Name string `yaml:"name"`
	// Title is what its button says; the name unless set.
	Title string `yaml:"title"`
	// Issuer is its address, https, exactly as its tokens name it.
	Issuer string `yaml:"issuer"`
	// ClientID is what it calls this tacit.
	ClientID string `yaml:"client_id"`
	// ClientSecretFile is a file whose first line is the secret that it gave,
	// relative to tacit.yaml, and ClientSecretEnv a variable that holds it; at
	// most one is set, none where the provider asks for none.
	ClientSecretFile string `yaml:"client_secret_file"`
	ClientSecretEnv  string `yaml:"client_secret_env"`
	// Scopes are asked for beside openid; profile and email unless set.
	Scopes []string `yaml:"scopes"`
	// NameClaim is the claim that becomes the user's name at the first sign-in;
	// preferred_username unless set.
	NameClaim string `yaml:"name_claim"`
	// GroupsClaim is the claim that tells the groups, a text or a list of texts.
	GroupsClaim string `yaml:"groups_claim"`
	// Roles are what groups give.
	Roles []GroupRole `yaml:"roles"`
}

// GroupRole gives whoever is in a group of a provider a role.
type GroupRole struct {
	Group     string     `yaml:"group"`
	Role      roles.Role `yaml:"role"`
	Workspace string     `yaml:"workspace"` // "*" for all; default unless set
}

var providerName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// checkProviders refuses what is no provider, and fills in what is not set. Files
// are relative to folder. fault.Invalid.
func checkProviders(all []Provider, folder string) error {
	seen := map[string]bool{}
	for i := range all {
		p := &all[i]
		if !providerName.MatchString(p.Name) || len(p.Name) > 40 {
			return fault.New(fault.Invalid, "providers: %q cannot be the name of a provider: use up to 40 lower-case letters, digits and -", p.Name)
		}
		if seen[p.Name] {
			return fault.New(fault.Invalid, "providers: the name %s is there twice", p.Name)
		}
		seen[p.Name] = true
		if err := p.check(); err != nil {
			return err
		}
		p.fill(folder)
	}
	return nil
}

func (p *Provider) check() error {
	if err := checkIssuer(p.Issuer); err != nil {
		return fault.New(fault.Invalid, "provider %s: %s", p.Name, err.Error())
	}
	switch {
	case p.ClientID == "":
		return fault.New(fault.Invalid, "provider %s: client_id is missing", p.Name)
	case p.ClientSecretFile != "" && p.ClientSecretEnv != "":
		return fault.New(fault.Invalid, "provider %s: give client_secret_file or client_secret_env, not both", p.Name)
	case len(p.Roles) > 0 && p.GroupsClaim == "":
		return fault.New(fault.Invalid, "provider %s: roles needs groups_claim, the claim that tells the groups", p.Name)
	}
	for _, r := range p.Roles {
		if r.Group == "" {
			return fault.New(fault.Invalid, "provider %s: roles: group is missing", p.Name)
		}
		if err := roles.CheckRole(r.Role); err != nil {
			return fault.New(fault.Invalid, "provider %s: roles of %s: %s", p.Name, r.Group, fault.Sentence(err))
		}
		if r.Workspace != "" && r.Workspace != roles.Everywhere {
			if err := caller.CheckWorkspace(r.Workspace); err != nil {
				return fault.New(fault.Invalid, "provider %s: roles of %s: %s", p.Name, r.Group, fault.Sentence(err))
			}
		}
	}
	return nil
}

// checkIssuer refuses an issuer whose answers others could write: only on this
// machine may it speak without TLS.
func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fault.New(fault.Invalid, "%q is not the address of an issuer", issuer)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return fault.New(fault.Invalid, "the issuer %q must be https", issuer)
	}
	return nil
}

func (p *Provider) fill(folder string) {
	if p.Title == "" {
		p.Title = p.Name
	}
	if p.Scopes == nil {
		p.Scopes = []string{"profile", "email"}
	}
	if p.NameClaim == "" {
		p.NameClaim = "preferred_username"
	}
	if p.ClientSecretFile != "" && !filepath.IsAbs(p.ClientSecretFile) {
		p.ClientSecretFile = filepath.Join(folder, p.ClientSecretFile)
	}
	for i := range p.Roles {
		if p.Roles[i].Workspace == "" {
			p.Roles[i].Workspace = caller.DefaultWorkspace
		}
	}
}

// given are the roles that groups give, the greatest of each workspace.
func (p Provider) given(groups []string) map[string]roles.Role {
	given := map[string]roles.Role{}
	for _, r := range p.Roles {
		if slices.Contains(groups, r.Group) {
			given[r.Workspace] = roles.Greater(given[r.Workspace], r.Role)
		}
	}
	return given
}
