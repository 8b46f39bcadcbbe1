package scan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
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
}

// Policy says which models pass a gate.
type Policy struct {
	// Unknown is for models that use globals which nobody has vetted, and nothing
	// worse: warn unless set.
	Unknown Decision `yaml:"unknown"`
	// Code is for models that carry functions and classes of their own, as cloudpickle
	// writes them: warn unless set.
	Code Decision `yaml:"code"`
	// Suspicious is for models with other findings that are not malicious: warn unless set.
	Suspicious Decision `yaml:"suspicious"`
	// Inconclusive is for models that were not read completely: deny unless set.
	Inconclusive Decision `yaml:"inconclusive"`
	// Unscanned is for versions without files that tacit keeps: warn unless set.
	Unscanned Decision `yaml:"unscanned"`
	// Formats are the only ones that pass, by their first word; all when empty.
	Formats []string `yaml:"formats"`
	// Allow are globals that are vetted here.
	Allow []Allowed `yaml:"allow"`
	// Stages are the model stages with a gate: Production unless set.
	Stages []string `yaml:"stages"`
	// Aliases are patterns of the aliases with a gate: all unless set.
	Aliases []string `yaml:"aliases"`
}

// Allowed is a global that is vetted by whoever runs tacit.
type Allowed struct {
	Global string `yaml:"global"` // module.name, module.* for a module and those below it
	Reason string `yaml:"reason"`
}

// Validate fills in what is not set, and refuses what cannot be meant.
func (s *Settings) Validate() error {
	p := &s.Policy
	for _, d := range []struct {
		name  string
		value *Decision
		usual Decision
	}{
		{"unknown", &p.Unknown, Warn}, {"code", &p.Code, Warn}, {"suspicious", &p.Suspicious, Warn}, {"inconclusive", &p.Inconclusive, Deny}, {"unscanned", &p.Unscanned, Warn},
	} {
		*d.value = cmp.Or(*d.value, d.usual)
		if !slices.Contains([]Decision{Allow, Warn, Deny}, *d.value) {
			return fault.New(fault.Invalid, "policy.%s must be allow, warn or deny, not %q", d.name, string(*d.value))
		}
	}
	if p.Stages == nil {
		p.Stages = []string{"Production"}
	}
	if p.Aliases == nil {
		p.Aliases = []string{"*"}
	}
	for i, stage := range p.Stages {
		if !slices.Contains([]string{"Staging", "Production"}, stage) {
			return fault.New(fault.Invalid, "policy.stages[%d] must be Staging or Production, not %q", i, stage)
		}
	}
	for i, pattern := range p.Aliases {
		if _, err := path.Match(pattern, ""); err != nil {
			return fault.New(fault.Invalid, "policy.aliases[%d] is no pattern: %q", i, pattern)
		}
	}
	for i, a := range p.Allow {
		if err := a.validate(); err != nil {
			return fault.New(fault.Invalid, "policy.allow[%d]: %s", i, fault.Sentence(err))
		}
	}
	if _, err := pickle.NewVetting(s.vetted()); err != nil {
		return fault.New(fault.Invalid, "policy.allow: %v", err)
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

// guards reports whether an alias or a model stage has a gate.
func (p Policy) guards(to Target) bool {
	if to.Alias == "" {
		return slices.Contains(p.Stages, to.Stage)
	}
	return slices.ContainsFunc(p.Aliases, func(pattern string) bool {
		ok, err := path.Match(pattern, to.Alias)
		return ok && err == nil
	})
}
