package scan

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/internal/govern/signing"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// Decision is what a policy says of something.
type Decision string

// The decisions. What is warned of passes, and is told.
const (
	Allow Decision = "allow"
	Warn  Decision = "warn"
	Deny  Decision = "deny"
)

// Settings are the section scan of tacit.yaml.
type Settings struct {
	Policy Policy `yaml:"policy"`

	file string     // tacit.yaml itself
	node *yaml.Node // the section as it was written, for the places of flaws
}

// Locate tells the settings where they were written.
func (s *Settings) Locate(file string) { s.file = file }

// UnmarshalYAML keeps where things stand.
func (s *Settings) UnmarshalYAML(n *yaml.Node) error {
	type plain Settings
	s.node = n
	return n.Decode((*plain)(s))
}

// Policy says which models pass a gate.
type Policy struct {
	// Unknown is for models that use globals which nobody has vetted, and nothing
	// worse: warn unless set.
	Unknown Decision `yaml:"unknown"`
	// Code is for models that carry functions and classes of their own, as cloudpickle
	// writes them, or bring Python files that loading them imports: warn unless set.
	Code Decision `yaml:"code"`
	// Suspicious is for models with other findings that are not malicious: warn unless set.
	Suspicious Decision `yaml:"suspicious"`
	// Inconclusive is for models that were not read completely: deny unless set.
	Inconclusive Decision `yaml:"inconclusive"`
	// Unscanned is for versions whose files tacit does not keep: warn unless set.
	Unscanned Decision `yaml:"unscanned"`
	// Empty is for versions whose folder has no files yet: deny unless set.
	Empty Decision `yaml:"empty"`
	// Formats are the only ones that pass, each layer of a file by its first word; all
	// when empty.
	Formats []string `yaml:"formats"`
	// Allow are globals that are vetted here.
	Allow []Allowed `yaml:"allow"`
	// Stages are the model stages with a gate: Production unless set.
	Stages []string `yaml:"stages"`
	// Aliases are patterns of the aliases with a gate: all unless set.
	Aliases []string `yaml:"aliases"`
	// Signature says which signatures a version must have: none unless set.
	Signature SignatureRule `yaml:"signature"`
	// Provenance is Required where a version must come from a run that names its data
	// and its source.
	Provenance string `yaml:"provenance,omitempty"`
	// For are other policies for some model stages and aliases; the first that names
	// one is its.
	For []For `yaml:"for,omitempty"`

	trust signing.Trust // what Signature names, read
}

// Allowed is a global that is vetted by whoever runs tacit.
type Allowed struct {
	Global string `yaml:"global"` // module.name, module.* for a module and those below it
	Reason string `yaml:"reason"`
}

// Validate fills in what is not set, reads the keys that are trusted, and refuses
// what cannot be meant, with its place.
func (s *Settings) Validate() error { return placed(below(s.validate(), "policy"), s.node) }

func (s *Settings) validate() error {
	p := &s.Policy
	p.Unknown, p.Code, p.Suspicious = cmp.Or(p.Unknown, Warn), cmp.Or(p.Code, Warn), cmp.Or(p.Suspicious, Warn)
	p.Inconclusive, p.Unscanned, p.Empty = cmp.Or(p.Inconclusive, Deny), cmp.Or(p.Unscanned, Warn), cmp.Or(p.Empty, Deny)
	if p.Stages == nil {
		p.Stages = []string{"Production"}
	}
	if p.Aliases == nil {
		p.Aliases = []string{"*"}
	}
	for i, a := range p.Allow {
		if err := a.validate(); err != nil {
			return wrong(fault.New(fault.Invalid, "policy.allow[%d]: %s", i, fault.Sentence(err)), "allow", i)
		}
	}
	if _, err := pickle.NewVetting(s.vetted()); err != nil {
		return wrong(fault.New(fault.Invalid, "policy.allow: %v", err), "allow")
	}
	folder := filepath.Dir(s.file)
	if err := p.compile(folder, "policy"); err != nil {
		return err
	}
	for i := range p.For {
		f := &p.For[i]
		if len(f.Stages)+len(f.Aliases) == 0 {
			err := fault.WithHint(fault.New(fault.Invalid, "policy.for[%d] names no stage and no alias", i), "stages: [Production] or aliases: [champion]")
			return wrong(err, "for", i)
		}
		if err := p.unreached(i); err != nil {
			return below(err, "for", i)
		}
		f.policy = f.under(*p)
		if err := f.policy.compile(folder, fmt.Sprintf("policy.for[%d]", i)); err != nil {
			return below(err, "for", i)
		}
	}
	return nil
}

func (a Allowed) validate() error {
	module, name, ok := cutGlobal(a.Global)
	switch {
	case !ok || strings.ContainsAny(a.Global, "\t\n "):
		return fault.New(fault.Invalid, "global must be module.name or module.*, not %q", a.Global)
	case strings.TrimSpace(a.Reason) == "" || strings.ContainsAny(a.Reason, "\t\n"):
		return fault.New(fault.Invalid, "%s needs a reason, on one line", a.Global)
	}
	v, err := pickle.NewVetting("")
	if err == nil && v.Look(module, name).Class == pickle.ClassDangerous {
		err = fault.New(fault.Invalid, "%s is dangerous, which no reason changes", a.Global)
	}
	return err
}

func cutGlobal(s string) (module, name string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i <= 0 || i == len(s)-1 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// vetted are the allowed globals in the form that a vetting reads.
func (s *Settings) vetted() string {
	var b strings.Builder
	for _, a := range s.Policy.Allow {
		if module, name, ok := cutGlobal(a.Global); ok {
			fmt.Fprintf(&b, "VETTED\t%s\t%s\t-\t-\t%s\n", module, name, a.Reason)
		}
	}
	return b.String()
}

func (s *Settings) budget() inspect.Budget { return inspect.DefaultBudget() }
