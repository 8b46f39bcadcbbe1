package scan

import (
	"cmp"
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// attention is how long who has files judged waits for the verdict; a job goes on
// behind it.
const attention = 45 * time.Second

// Verdict is what is known of files now: as they were judged, and whether they
// changed since.
type Verdict struct {
	Judgement Judgement
	Report    *Report
	Waiting   bool       // there is none yet, or the files or the rules changed since
	Elsewhere string     // where the files lie, when tacit does not keep them
	Override  *Override  // that holds for the files as they are
	Asleep    []Override // that were made for files which changed since, and hold when these come back
	Versions  int64      // that have the same files, whom Override covers
	Failing   *Failing   // nil where it passes the gates of what it is used as
}

// OfVersion tells what is known of a version. fault.NotFound.
func (s *Service) OfVersion(ctx context.Context, name string, number int64) (_ Verdict, err error) {
	defer fault.Wrap(&err, "scan.OfVersion(%s, %d)", name, number)
	root, elsewhere, err := s.Models.OfVersion(ctx, name, number)
	if err != nil {
		return Verdict{}, err
	}
	return s.ofVersion(ctx, VersionRef{name, number}, root, elsewhere)
}

// ofVersion tells what is known of a version whose files lie there.
func (s *Service) ofVersion(ctx context.Context, ref VersionRef, root, elsewhere string) (v Verdict, err error) {
	if v.Elsewhere = elsewhere; root != "" {
		if v, err = s.of(ctx, root); err != nil {
			return v, err
		}
	}
	f, err := rows.One(ctx, s.DB.Read(), scanFailing, selectFailing, caller.Workspace(ctx), ref.Name, ref.Number)
	if rows.IsNone(err) {
		return v, nil
	}
	v.Failing = &f
	return v, err
}

// Again has a version's files judged where they or the rules changed. What takes
// longer than a moment is waited for no longer, and a job goes on. fault.NotFound.
func (s *Service) Again(ctx context.Context, name string, number int64) (_ Verdict, err error) {
	defer fault.Wrap(&err, "scan.Again(%s, %d)", name, number)
	root, elsewhere, err := s.Models.OfVersion(ctx, name, number)
	if err != nil {
		return Verdict{}, err
	}
	if root != "" {
		if _, err := s.Folder(ctx, root); err != nil && !fault.Is(err, fault.NotFound) {
			return Verdict{}, err
		}
	}
	return s.ofVersion(ctx, VersionRef{name, number}, root, elsewhere)
}

// Folder has the files below a folder of the artifacts judged, as Again does.
// fault.NotFound where there are none.
func (s *Service) Folder(ctx context.Context, root string) (_ Verdict, err error) {
	defer fault.Wrap(&err, "scan.Folder(%s)", root)
	if seen, err := listing(ctx, s.Files, root); err != nil || seen == "" {
		return Verdict{}, cmp.Or(err, fault.New(fault.NotFound, "There are no files in %s.", root))
	}
	waiting, cancel := context.WithTimeout(ctx, attention)
	defer cancel()
	if _, _, err := s.Judge(waiting, root); err != nil && (waiting.Err() == nil || ctx.Err() != nil) {
		return Verdict{}, err
	}
	if err := s.request(ctx, root); err != nil { // which tells the versions
		return Verdict{}, err
	}
	return s.of(ctx, root)
}

// of tells what is known of the files below a folder.
func (s *Service) of(ctx context.Context, root string) (v Verdict, err error) {
	scanner, err := s.scanner()
	if err != nil {
		return v, err
	}
	j, known, err := s.judgement(ctx, root)
	if err != nil {
		return v, err
	}
	seen, err := listing(ctx, s.Files, root)
	if err != nil {
		return v, err
	}
	v.Judgement, v.Waiting = j, !known || j.Listing != seen || j.Rules != scanner.rules
	v.Judgement.Root = root
	if !known {
		return v, nil
	}
	if err := s.fillOverrides(ctx, &v); err != nil {
		return v, err
	}
	v.Report, err = s.report(ctx, root)
	return v, err
}
