package inspect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

func looksTar(s *Source) bool { return archive.IsTar(s.Head) }

func looksAr(s *Source) bool { return archive.IsAr(s.Head) }

func looksCPIO(s *Source) bool { return archive.IsCPIO(s.Head) }

// tarred is a tar file while it is inspected, or another one that lists files as it
// does.
type tarred struct {
	visit   *visit
	source  *Source
	view    *archive.Listing
	covered Coverage
	out     Reading
}

func readTar(v *visit, s *Source) Reading { return v.listed("tar", archive.ReadTar, s) }

func readAr(v *visit, s *Source) Reading { return v.listed("ar", archive.ReadAr, s) }

func readCPIO(v *visit, s *Source) Reading { return v.listed("cpio", archive.ReadCPIO, s) }

// listed inspects the members of a file that lists them, and what stands behind its
// end.
func (v *visit) listed(format string, read func(io.ReaderAt, int64, archive.ListingLimits) (*archive.Listing, error), s *Source) Reading {
	view, err := read(s.Bytes, s.Size, archive.ListingLimits{Members: max(v.budget.Members-v.members, 1), NameBytes: nameBytes, Pieces: 1 << 16})
	t := &tarred{visit: v, source: s, view: view, out: Reading{Format: format}}
	var limit archive.LimitError
	switch {
	case errors.As(err, &limit):
		t.out.Status, t.out.Reason = pickle.Inconclusive, "the "+format+" file: "+limit.Error()
		return t.out
	case err != nil:
		t.out.Status, t.out.Reason = pickle.Failure, err.Error()
		return t.out
	}
	for _, o := range view.Oddities {
		t.out.Findings = append(t.out.Findings, oddFinding(s, o))
	}
	for i, e := range view.Entries {
		t.entry(e)
		if i%1024 == 0 && v.ctx.Err() != nil {
			break
		}
	}
	for _, g := range view.Gaps {
		p := v.member(s, fmt.Sprintf("(bytes at %d)", g.From), io.NewSectionReader(s.Bytes, g.From, g.Len()), g.Len(), nil)
		v.keep(&t.out, p)
		t.covers(shifted(p.Coverage, g.From))
	}
	t.out.Coverage = t.coverage()
	return t.out
}

// entry inspects a member: a link by where it leads, all others by their bytes.
func (t *tarred) entry(e archive.Entry) {
	name := printable(e.Name)
	if e.Kind == archive.Symlink || e.Kind == archive.HardLink {
		if archive.LeadsOut(e.Link) && archive.LeadsOut(e.Target()) {
			t.out.Findings = append(t.out.Findings, Finding{
				Rule: RuleLink, Severity: pickle.High, Args: short(e.Link), Offset: e.Header, Member: t.source.Path + ":" + name, Count: 1,
				Why: "a link that leads out of the folder in which the archive is taken apart",
			})
		}
	}
	if e.Data.Len() == 0 && (e.Kind != archive.File || e.Pieces == nil) {
		return
	}
	r, size := e.Open(t.source.Bytes)
	if e.Own && archive.IsSymbols(r, size) {
		t.covered.Parsed = append(t.covered.Parsed, Range{From: e.Data.From, To: e.Data.To})
		return
	}
	p := t.visit.member(t.source, name, r, size, t.beside(e.Name))
	t.visit.keep(&t.out, p)
	if e.Pieces == nil {
		t.covers(shifted(p.Coverage, e.Data.From))
		return
	}
	for _, piece := range e.Pieces {
		t.covers(contentCover(p, Range{From: piece.Data.From, To: piece.Data.To}))
	}
}

func (t *tarred) covers(c Coverage) {
	t.covered.Parsed = append(t.covered.Parsed, c.Parsed...)
	t.covered.Raw = append(t.covered.Raw, c.Raw...)
}

// coverage is that of the file: what is neither a member's nor a gap is headers
// and zeros, which were parsed.
func (t *tarred) coverage() Coverage {
	var content []Range
	for _, e := range t.view.Entries {
		content = append(content, Range{From: e.Data.From, To: e.Data.To})
	}
	for _, g := range t.view.Gaps {
		content = append(content, Range{From: g.From, To: g.To})
	}
	return containerCover(t.source.Size, t.covered, content)
}

// beside opens a member by its name from the folder of another one.
func (t *tarred) beside(of string) Beside {
	return func(name string) (*Source, error) {
		name = path.Join(path.Dir(of), name)
		for _, e := range slices.Backward(t.view.Entries) {
			if path.Clean(e.Name) == name && e.Kind != archive.Symlink && e.Kind != archive.HardLink {
				r, size := e.Open(t.source.Bytes)
				return NewSource(t.source.Path+":"+printable(e.Name), r, size, nil)
			}
		}
		return nil, fs.ErrNotExist
	}
}
