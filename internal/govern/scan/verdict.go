package scan

import (
	"cmp"
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// attention is how long who has files judged waits for the verdict; a job goes on
// behind it.
const attention = 45 * time.Second

// Verdict is what is known of files now: as they were judged, and whether they
// changed since.
type Verdict struct {
	Judgement Judgement
	Report    *Report
	Waiting   bool   // there is none yet, or the files or the rules changed since
	Elsewhere string // where the files lie, when tacit does not keep them
	Override  *Override
}

// OfVersion tells what is known of a version. fault.NotFound.
func (s *Service) OfVersion(ctx context.Context, name string, number int64) (_ Verdict, err error) {
	defer fault.Wrap(&err, "scan.OfVersion(%s, %d)", name, number)
	root, elsewhere, err := s.Models.OfVersion(ctx, name, number)
	if err != nil || root == "" {
		return Verdict{Elsewhere: elsewhere}, err
	}
	return s.of(ctx, root)
}

// Again has a version's files judged where they or the rules changed. What takes
// longer than a moment is waited for no longer, and a job goes on. fault.NotFound.
func (s *Service) Again(ctx context.Context, name string, number int64) (_ Verdict, err error) {
	defer fault.Wrap(&err, "scan.Again(%s, %d)", name, number)
	root, elsewhere, err := s.Models.OfVersion(ctx, name, number)
	if err != nil || root == "" {
		return Verdict{Elsewhere: elsewhere}, err
	}
	v, err := s.Folder(ctx, root)
	if fault.Is(err, fault.NotFound) {
		return s.of(ctx, root)
	}
	return v, err
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
	o, over, err := s.overrideOf(ctx, j.Digest)
	if over {
		v.Override = &o
	}
	if err != nil {
		return v, err
	}
	v.Report, err = s.report(ctx, root)
	return v, err
}
