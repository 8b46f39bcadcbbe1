package inspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// visit is the inspection of one file: what is shared by all of its parts.
type visit struct {
	ctx     context.Context
	vetting *pickle.Vetting
	budget  Budget
	formats []format
	pickles func(s *Source, r pickle.Report) // is told of each pickle that was read; may be nil
	depth   int
	members int
	bytes   int64
}

// member inspects bytes that lie in a container as they are.
func (v *visit) member(of *Source, name string, r io.ReaderAt, size int64, beside Beside) Part {
	path := of.Path + ":" + name
	switch v.members++; {
	case v.members > v.budget.Members:
		return unread(path, size, pickle.Inconclusive, fmt.Sprintf("the budget of %d members was used up", v.budget.Members))
	case v.depth >= v.budget.Depth:
		return unread(path, size, pickle.Inconclusive, fmt.Sprintf("the budget of %d containers in containers was used up", v.budget.Depth))
	}
	s, err := NewSource(path, r, size, beside)
	if err != nil {
		return unread(path, size, pickle.Failure, err.Error())
	}
	v.depth++
	defer func() { v.depth-- }()
	return v.part(s)
}

// stream inspects bytes that come out of a decompressor: declared is how many
// there should be, -1 when nobody says, packed how many they were made of.
func (v *visit) stream(of *Source, name string, r io.Reader, declared, packed int64, beside Beside) Part {
	path := of.Path + ":" + name
	held, err := io.ReadAll(io.LimitReader(r, v.budget.Held+1))
	if int64(len(held)) > v.budget.Held {
		return unread(path, max(declared, 0), pickle.Inconclusive, fmt.Sprintf("the budget of %d decompressed bytes was used up", v.budget.Held))
	}
	p := v.member(of, name, bytes.NewReader(held), int64(len(held)), beside)
	if err != nil {
		p.Status, p.Reason = max(p.Status, pickle.Inconclusive), fmt.Sprintf("%s: %v", path, err)
		p.Verdict = judge(p.Status, p.Findings)
	}
	return p
}

// part reads a source by every format that its bytes look like, and joins what
// they say.
func (v *visit) part(s *Source) Part {
	if err := v.ctx.Err(); err != nil {
		return unread(s.Path, s.Size, pickle.Inconclusive, "the time for it was used up")
	}
	var readings []Reading
	for _, f := range v.formats {
		if f.looks(s) {
			readings = append(readings, f.read(v, s))
		}
	}
	return join(s, readings)
}

// join makes a part of its readings. Those of formats that were only guessed are
// left out when another one stands.
func join(s *Source, readings []Reading) Part {
	failed := func(r Reading) bool { return r.Status == pickle.Failure && len(r.Findings) == 0 }
	if slices.ContainsFunc(readings, func(r Reading) bool { return !failed(r) }) {
		readings = slices.DeleteFunc(readings, failed)
	}
	if len(readings) == 0 {
		return unread(s.Path, s.Size, pickle.Inconclusive, "its bytes are of no format that is known")
	}
	p := Part{Path: s.Path, Size: s.Size, Format: []string{readings[0].Format}}
	covers := make([]Coverage, len(readings))
	for i, r := range readings {
		covers[i] = r.Coverage
		p.Findings = append(p.Findings, r.Findings...)
		p.Members = append(p.Members, r.Members...)
		if r.Status > p.Status {
			p.Status, p.Reason = r.Status, r.Reason
		}
	}
	for _, m := range p.Members {
		p.Findings = append(p.Findings, m.Findings...)
		if m.Status != pickle.Complete && p.Status == pickle.Complete {
			p.Status, p.Reason = pickle.Inconclusive, m.Path+": "+m.Reason
		}
	}
	gravest(p.Findings)
	p.Coverage = cover(s.Size, covers)
	p.Verdict = judge(p.Status, p.Findings)
	return p
}

// unread is a part of which nothing was understood.
func unread(path string, size int64, status Status, reason string) Part {
	p := Part{Path: path, Size: size, Status: status, Reason: reason, Verdict: pickle.NotKnown}
	if size > 0 {
		p.Coverage.Unparsed = []Range{{From: 0, To: size}}
	}
	return p
}

// errIrregular is given for what is no file and no folder.
var errIrregular = errors.New("it is neither a file nor a folder: not scanned")
