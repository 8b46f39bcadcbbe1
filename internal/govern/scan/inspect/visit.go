package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
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
	chain   []string                         // the formats that the part lies in, from the outside in
	depth   int
	members int
	left    int64 // bytes that may still be decompressed
	beyond  int64 // and beyond the ratio of their member: what is found there is told, but the member stays inconclusive
	held    int64 // and held in memory
	spilled int64 // that lie in files
	// storages are the tensors that a pickle announces, by its path: their bytes
	// lie elsewhere in its container.
	storages map[string][]pickle.PersistentID
	seen     map[sight]Part // what was inspected deep within
}

// mostBeyond bytes of a file are decompressed beyond the ratio of their members.
const mostBeyond = 256 << 20

// newVisit begins the inspection of a file. Decompression is bounded by the size
// of the file, so that archives in archives cannot multiply their ratios.
func newVisit(ctx context.Context, i *Inspector, size int64) *visit {
	const always = 4 << 30
	left := i.budget.Bytes
	if size < left/i.budget.Ratio {
		left = min(left, max(always, size*i.budget.Ratio))
	}
	return &visit{
		ctx: ctx, vetting: i.vetting, budget: i.budget, formats: i.formats, left: left, beyond: mostBeyond, held: i.budget.Held,
		storages: map[string][]pickle.PersistentID{}, seen: map[sight]Part{},
	}
}

// member inspects bytes that lie in a container as they are.
func (v *visit) member(of *Source, name string, r io.ReaderAt, size int64, beside Beside) Part {
	path := of.Path + ":" + name
	if reason := v.full(); reason != "" {
		return unread(path, size, pickle.Inconclusive, reason)
	}
	s, err := NewSource(path, r, size, beside)
	if err != nil {
		return v.failed(path, size, err)
	}
	return v.inner(s)
}

// full counts a member and says which budget does not allow it.
func (v *visit) full() string {
	switch v.members++; {
	case v.members > v.budget.Members:
		return fmt.Sprintf("the budget of %d members was used up", v.budget.Members)
	case v.depth >= v.budget.Depth:
		return fmt.Sprintf("the budget of %d containers in containers was used up", v.budget.Depth)
	}
	return ""
}

// inner inspects a source that lies in another one.
func (v *visit) inner(s *Source) Part {
	v.depth++
	defer func() { v.depth-- }()
	return v.once(s)
}

// failed is a part that cannot be read, or whose time is over.
func (v *visit) failed(path string, size int64, err error) Part {
	if v.ctx.Err() != nil {
		return unread(path, size, pickle.Inconclusive, timeIsOver)
	}
	return unread(path, size, pickle.Failure, err.Error())
}

const timeIsOver = "the time for it was used up"

// part reads a source by every format that its bytes look like, and joins what
// they say.
func (v *visit) part(s *Source) Part {
	if v.ctx.Err() != nil {
		return unread(s.Path, s.Size, pickle.Inconclusive, timeIsOver)
	}
	if s.Size == 0 {
		return v.empty(s)
	}
	p := join(s, v.chain, v.readings(s))
	if v.ctx.Err() != nil {
		p.Status, p.Reason = pickle.Inconclusive, timeIsOver
		p.Verdict = judge(p.Status, p.Findings)
	}
	return p
}

// readings are what the formats make of a source. Text and pickle have no
// signature, so that they are read last, when it is known whether another stands.
func (v *visit) readings(s *Source) []Reading {
	var all []Reading
	for _, f := range v.formats {
		if f.looks(s) {
			all = append(all, v.read(f, s))
		}
	}
	known := slices.ContainsFunc(all, func(r Reading) bool { return !r.Guess && !failed(r) })
	text := Reading{Status: pickle.Failure}
	if !known && looksText(s) {
		text = v.read(format{name: "text", read: readText}, s)
	}
	all = append(all, v.read(format{name: "pickle", read: func(v *visit, s *Source) Reading {
		return readPickle(v, s, known, !failed(text))
	}}, s), text)
	if !slices.ContainsFunc(all, func(r Reading) bool { return !failed(r) }) && looksDeflated(s) {
		all = append(all, v.read(format{name: "deflate", read: readDeflated}, s))
	}
	return all
}

// read reads a source by a format.
func (v *visit) read(f format, s *Source) Reading {
	v.chain = append(v.chain, f.name)
	defer func() { v.chain = v.chain[:len(v.chain)-1] }()
	return f.read(v, s)
}

// empty is a file without bytes, which no loader can take anything of. By the name
// of a model it is most often a download that failed: what should stand there was
// not scanned. In a container it is what its maker wanted.
func (v *visit) empty(s *Source) Part {
	p := Part{Path: s.Path, Format: append(slices.Clone(v.chain), "empty")}
	if v.depth == 0 && (namesModel(s.Name()) || path.Ext(s.Name()) == ".pth") {
		p.Status, p.Reason, p.Verdict = pickle.Inconclusive, "the file is empty: not scanned", pickle.NotKnown
	}
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
