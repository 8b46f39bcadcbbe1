package audit

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/deliver"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Settings are the section audit of tacit.yaml.
type Settings struct {
	// Retention is how old entries are emptied, in days: "400d". Empty keeps
	// them whole for ever.
	Retention string `yaml:"retention"`
	// Export are the targets that get every entry of all workspaces.
	Export []Target `yaml:"export"`
}

// Target is where entries go.
type Target struct {
	To        string `yaml:"to"`         // syslog://, syslogs://, syslog+udp://host:port, or the http(s):// address of a collector
	TokenFile string `yaml:"token_file"` // holds what a collector is shown as a bearer token
	CAFile    string `yaml:"ca_file"`    // PEM: who signed the target's certificate, where the system does not know it
}

// Validate refuses what is no number of days, and targets that cannot be meant.
func (s *Settings) Validate() error {
	if _, err := s.retention(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, t := range s.Export {
		if err := t.validate(); err != nil {
			return fault.WithHint(fault.New(fault.Invalid, "export[%d]: %s", i, fault.Sentence(err)), "%s", fault.HintOf(err))
		}
		if seen[t.To] {
			return fault.New(fault.Invalid, "export[%d]: %s is named twice", i, t.To)
		}
		seen[t.To] = true
	}
	return nil
}

func (t Target) validate() error {
	if err := deliver.Check(t.To, ""); err != nil {
		return err
	}
	scheme, _, _ := strings.Cut(t.To, "://")
	switch {
	case t.TokenFile != "" && !strings.HasPrefix(scheme, "http"):
		return fault.New(fault.Invalid, "a syslog server takes no token")
	case t.TokenFile != "" && scheme == "http":
		return fault.WithHint(fault.New(fault.Invalid, "a token would pass readable to %s", t.To), "use https://")
	case t.CAFile != "" && scheme != "https" && scheme != "syslogs":
		return fault.New(fault.Invalid, "ca_file is for https:// and syslogs://")
	}
	if _, err := t.token(); err != nil {
		return err
	}
	_, err := t.roots()
	return err
}

// retention is the age from which entries are emptied, 0 for never.
func (s *Settings) retention() (time.Duration, error) {
	if s.Retention == "" {
		return 0, nil
	}
	days, err := strconv.Atoi(strings.TrimSuffix(s.Retention, "d"))
	if err != nil || !strings.HasSuffix(s.Retention, "d") || days < 1 || days > 36500 {
		return 0, fault.WithHint(fault.New(fault.Invalid, "retention must be a number of days from 1d to 36500d, not %q", s.Retention), "write it as in: retention: 400d")
	}
	return time.Duration(days) * 24 * time.Hour, nil
}

// TellSettings announces in the caller's name that entries are kept whole for another
// time, or go to other targets, than was told of last, by whatever process. Before any
// was told of they are kept for ever, and go nowhere.
func (s *Service) TellSettings(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "audit.TellSettings")
	last, err := s.newest(ctx, s.DB.Read(), settingsVerb)
	if err != nil {
		return err
	}
	before := hashOf(Settings{})
	if last.ID != "" {
		before = last.After
	}
	if e := settingsChanged(before, s.Settings()); e.After != before {
		return s.tell(ctx, e)
	}
	return nil
}
