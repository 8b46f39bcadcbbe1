package scan

import (
	"cmp"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// Required is the one value of policy.provenance.
const Required = "required"

// SignatureRule says which signatures a version must have.
type SignatureRule struct {
	// Required keeps versions back that nobody signed who is trusted.
	Required bool `yaml:"required"`
	// Keys are files of public keys that are trusted, relative to tacit.yaml. They are
	// read with it.
	Keys []string `yaml:"keys,omitempty"`
	// Certificates are files of root certificates that are trusted.
	Certificates []string `yaml:"certificates,omitempty"`
}

// For is a policy of some model stages and aliases: what it does not set is as for
// all.
type For struct {
	Stages  []string `yaml:"stages,omitempty"`
	Aliases []string `yaml:"aliases,omitempty"`

	Unknown      Decision       `yaml:"unknown,omitempty"`
	Code         Decision       `yaml:"code,omitempty"`
	Suspicious   Decision       `yaml:"suspicious,omitempty"`
	Inconclusive Decision       `yaml:"inconclusive,omitempty"`
	Unscanned    Decision       `yaml:"unscanned,omitempty"`
	Empty        Decision       `yaml:"empty,omitempty"`
	Formats      []string       `yaml:"formats,omitempty"`
	Signature    *SignatureRule `yaml:"signature,omitempty"`
	Provenance   string         `yaml:"provenance,omitempty"`

	policy Policy // the whole, compiled
}

// under gives the policy of some stages and aliases.
func (f For) under(p Policy) Policy {
	all := p
	all.For, all.Stages, all.Aliases = nil, f.Stages, f.Aliases
	all.Unknown, all.Code, all.Suspicious = cmp.Or(f.Unknown, p.Unknown), cmp.Or(f.Code, p.Code), cmp.Or(f.Suspicious, p.Suspicious)
	all.Inconclusive, all.Unscanned = cmp.Or(f.Inconclusive, p.Inconclusive), cmp.Or(f.Unscanned, p.Unscanned)
	all.Empty = cmp.Or(f.Empty, p.Empty)
	all.Provenance = cmp.Or(f.Provenance, p.Provenance)
	if f.Formats != nil {
		all.Formats = f.Formats
	}
	if f.Signature != nil {
		all.Signature.Required = f.Signature.Required
		if len(f.Signature.Keys)+len(f.Signature.Certificates) > 0 {
			all.Signature = *f.Signature
		}
	}
	return all
}

// compile checks a policy, and reads the keys that it trusts; files are relative to a
// folder, and at is how the policy is named where it is written.
func (p *Policy) compile(folder, at string) (err error) {
	for _, d := range []struct {
		name  string
		value Decision
	}{{"unknown", p.Unknown}, {"code", p.Code}, {"suspicious", p.Suspicious}, {"inconclusive", p.Inconclusive}, {"unscanned", p.Unscanned}, {"empty", p.Empty}} {
		if !slices.Contains([]Decision{Allow, Warn, Deny}, d.value) {
			return wrong(fault.New(fault.Invalid, "%s.%s must be allow, warn or deny, not %q", at, d.name, string(d.value)), d.name)
		}
	}
	for i, stage := range p.Stages {
		if !slices.Contains([]string{"Staging", "Production"}, stage) {
			return wrong(fault.New(fault.Invalid, "%s.stages[%d] must be Staging or Production, not %q", at, i, stage), "stages", i)
		}
	}
	for i, pattern := range p.Aliases {
		if _, err := path.Match(pattern, ""); err != nil {
			return wrong(fault.New(fault.Invalid, "%s.aliases[%d] is no pattern: %q", at, i, pattern), "aliases", i)
		}
	}
	if err := p.checkFormats(at); err != nil {
		return err
	}
	if p.Provenance != "" && p.Provenance != Required {
		return wrong(fault.New(fault.Invalid, "%s.provenance must be required, or left out, not %q", at, p.Provenance), "provenance")
	}
	if p.trust, err = p.Signature.read(folder); err != nil {
		return below(err, "signature")
	}
	if p.Signature.Required && len(p.trust.Keys)+len(p.trust.Roots) == 0 {
		err := fault.WithHint(fault.New(fault.Invalid, "%s.signature is required, and nobody is trusted", at), "name files of public keys in keys, or of root certificates in certificates")
		return wrong(err, "signature")
	}
	return nil
}

// read reads the keys and certificates of a rule.
func (s SignatureRule) read(folder string) (t signing.Trust, err error) {
	for i, file := range s.Keys {
		key, err := readFile(folder, file, signing.ReadPublicKey)
		if err != nil {
			return t, wrong(err, "keys", i)
		}
		t.Keys = append(t.Keys, key)
	}
	for i, file := range s.Certificates {
		roots, err := readFile(folder, file, signing.ReadCertificates)
		if err != nil {
			return t, wrong(err, "certificates", i)
		}
		t.Roots = append(t.Roots, roots...)
	}
	return t, nil
}

// mostPEM bounds a file of keys or certificates, in bytes.
const mostPEM = 1 << 20

func readFile[T any](folder, name string, read func([]byte) (T, error)) (v T, err error) {
	full := name
	if !filepath.IsAbs(full) {
		full = filepath.Join(folder, full)
	}
	f, err := os.Open(full) //nolint:gosec // the file is named by whoever writes the settings
	if err != nil {
		return v, fault.WithHint(fault.Because(err, fault.Invalid, "%s cannot be read", full), "files of keys are relative to tacit.yaml")
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, mostPEM))
	if err != nil {
		return v, fault.Because(err, fault.Invalid, "%s cannot be read", full)
	}
	if v, err = read(text); err != nil {
		err = fault.WithHint(fault.New(fault.Invalid, "%s: %s", full, fault.Sentence(err)), "%s", fault.HintOf(err))
	}
	return v, err
}

// at is the policy of an alias or a model stage, and whether there is one.
func (p Policy) at(to Target) (Policy, bool) {
	for _, f := range p.For {
		if guards(f.Stages, f.Aliases, to) {
			return f.policy, true
		}
	}
	return p, guards(p.Stages, p.Aliases, to)
}

// unreached refuses a stage or an alias of an entry of For that an entry before it
// names already: the first that names one is its, and this one would never hold.
func (p *Policy) unreached(n int) error {
	for at, before := range p.For[:n] {
		for i, stage := range p.For[n].Stages {
			if slices.Contains(before.Stages, stage) {
				return wrong(never(n, "stages", i, stage, at), "stages", i)
			}
		}
		for i, alias := range p.For[n].Aliases {
			if slices.Contains(before.Aliases, alias) || !strings.ContainsAny(alias, `*?[\`) && guards(nil, before.Aliases, Target{Alias: alias}) {
				return wrong(never(n, "aliases", i, alias, at), "aliases", i)
			}
		}
	}
	return nil
}

func never(n int, key string, i int, name string, before int) error {
	return fault.WithHint(fault.New(fault.Invalid, "policy.for[%d].%s[%d], %s, never holds: policy.for[%d] has it already", n, key, i, name, before),
		"the first entry that names a stage or an alias is its: put the narrower one first, or both into one")
}

// guards reports whether an alias or a model stage is among some.
func guards(stages, aliases []string, to Target) bool {
	if to.Alias == "" {
		return slices.Contains(stages, to.Stage)
	}
	return slices.ContainsFunc(aliases, func(pattern string) bool {
		ok, err := path.Match(pattern, to.Alias)
		return ok && err == nil
	})
}

// asksOrigin reports whether a policy requires provenance.
func (p Policy) asksOrigin() bool {
	return p.Provenance == Required || slices.ContainsFunc(p.For, func(f For) bool { return f.policy.Provenance == Required })
}

// trusted is what the policies trust, all together, as of a time.
func (p Policy) trusted(at time.Time) signing.Trust {
	t := signing.Trust{Keys: slices.Clone(p.trust.Keys), Roots: slices.Clone(p.trust.Roots), At: at}
	for _, f := range p.For {
		t.Keys, t.Roots = append(t.Keys, f.policy.trust.Keys...), append(t.Roots, f.policy.trust.Roots...)
	}
	return t
}
