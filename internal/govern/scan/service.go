package scan

import (
	"context"
	"io/fs"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// Config is what the service is made of.
type Config struct {
	Engine string // tacit and its version
	Now    func() time.Time
	Vetted string // extra rules for globals, in the form of pickle.NewVetting
	Budget inspect.Budget
}

// Service holds the use cases.
type Service struct {
	Config
	inspector *inspect.Inspector
	rules     string
}

// New gives the service. fault.Invalid for extra rules that cannot be read.
func New(c Config) (*Service, error) {
	v, err := pickle.NewVetting(c.Vetted)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The rules for globals cannot be read.")
	}
	return &Service{Config: c, inspector: inspect.New(v, c.Budget), rules: inspect.RuleSet(v)}, nil
}

// File scans one file.
func (s *Service) File(ctx context.Context, source *inspect.Source) *Report {
	began := s.Now()
	report := newReport(source.Path, s.Engine, s.rules)
	report.Add(s.inspector.File(ctx, source))
	report.took(s.Now().Sub(began))
	return report
}

// Tree scans all files below the root of a file system.
func (s *Service) Tree(ctx context.Context, name string, fsys fs.FS) (_ *Report, err error) {
	defer fault.Wrap(&err, "scan.Tree(%s)", name)
	began := s.Now()
	report := newReport(name, s.Engine, s.rules)
	err = s.inspector.Tree(ctx, fsys, func(p inspect.Part) error {
		report.Add(p)
		return nil
	})
	report.took(s.Now().Sub(began))
	return report, err
}
