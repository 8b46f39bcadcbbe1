package scan

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// resigned gives the report of files of which, since they were judged by the same
// rules, only the signature came, went or changed: the one that is kept, with the
// signature inspected anew. A model of gigabytes that is signed is not read again.
// It is nil where more changed.
func (s *Service) resigned(ctx context.Context, scanner *Scanner, before Judgement, rest string) (*Report, error) {
	k, known, err := s.imprintOf(ctx, before.Root)
	if err != nil || !known || before.Rules != scanner.rules || k.listing != before.Listing || k.rest == "" || k.rest != rest {
		return nil, err
	}
	report, err := s.report(ctx, before.Root)
	if err != nil || report.Summary.Shortened {
		return nil, err
	}
	began, files := s.Now(), folder{ctx, snapshotOf(s.Files), before.Root}
	report.remove(signing.FileName)
	source, closing, err := inspect.Open(files, signing.FileName)
	if err == nil {
		defer closing()
		report.Add(scanner.inspector.File(ctx, source))
		if files.files.changed.Load() {
			return nil, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilerr // what cannot be opened is judged with all the others
	}
	slices.SortStableFunc(report.Artifacts, func(a, b Artifact) int { return strings.Compare(a.Path, b.Path) })
	report.took(s.Now().Sub(began))
	return report, nil
}

// remove takes a file out of a report, with all that was counted of it.
func (r *Report) remove(path string) {
	r.Artifacts = slices.DeleteFunc(r.Artifacts, func(a Artifact) bool {
		if a.Path != path {
			return false
		}
		r.Summary.Files--
		r.Summary.Bytes -= a.Size
		r.Summary.Verdicts[a.Verdict]--
		r.Summary.Statuses[a.Status]--
		for _, f := range a.Findings {
			r.Summary.Severity[f.Severity]--
			r.Summary.Findings--
		}
		return true
	})
}
