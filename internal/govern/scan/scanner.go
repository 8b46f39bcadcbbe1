package scan

import (
	"context"
	"io/fs"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// ScannerConfig is what a scanner is made of.
type ScannerConfig struct {
	Engine string // tacit and its version
	Now    func() time.Time
	Vetted string // extra rules for globals, in the form of pickle.NewVetting
	Budget inspect.Budget
}

// Scanner reads files; it keeps nothing.
type Scanner struct {
	ScannerConfig
	inspector *inspect.Inspector
	rules     string
}

// NewScanner gives a scanner. fault.Invalid for extra rules that cannot be read.
func NewScanner(c ScannerConfig) (*Scanner, error) {
	v, err := pickle.NewVetting(c.Vetted)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The rules for globals cannot be read.")
	}
	return &Scanner{ScannerConfig: c, inspector: inspect.New(v, c.Budget), rules: inspect.RuleSet(v)}, nil
}

// File scans one file.
func (s *Scanner) File(ctx context.Context, source *inspect.Source) *Report {
	began := s.Now()
	report := newReport(source.Path, s.Engine, s.rules, began)
	report.Add(s.inspector.File(ctx, source))
	report.took(s.Now().Sub(began))
	return report
}

// Tree scans all files below the root of a file system.
func (s *Scanner) Tree(ctx context.Context, name string, fsys fs.FS) (_ *Report, err error) {
	defer fault.Wrap(&err, "scan.Tree(%s)", name)
	return s.tree(name, func(found func(inspect.Part) error) error { return s.inspector.Tree(ctx, fsys, found) })
}

// again is Tree of files of which memory knows some.
func (s *Scanner) again(ctx context.Context, name string, fsys fs.FS, memory inspect.Memory) (_ *Report, err error) {
	defer fault.Wrap(&err, "scan.again(%s)", name)
	return s.tree(name, func(found func(inspect.Part) error) error { return s.inspector.TreeAgain(ctx, fsys, memory, found) })
}

// tree is the report of what is found.
func (s *Scanner) tree(name string, inspected func(found func(inspect.Part) error) error) (*Report, error) {
	began := s.Now()
	report := newReport(name, s.Engine, s.rules, began)
	err := inspected(func(p inspect.Part) error {
		report.Add(p)
		return nil
	})
	report.took(s.Now().Sub(began))
	return report, err
}
