package inspect

import (
	"errors"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// packed is bytes in a container that a decompressor gives.
type packed struct {
	name   string
	open   func() (io.Reader, error) // begins to decompress, once for each pass
	once   bool                      // open cannot be called again
	heavy  bool                      // a decompressor takes much memory
	size   int64                     // packed; 0 when nobody knows
	beside Beside
	read   func(s *Source) Part // inspects what comes out; nil for by its bytes
}

// usedUp is the error of a budget.
type usedUp struct{ what string }

func (u usedUp) Error() string { return "the budget of " + u.what + " was used up" }

// unpacked inspects what a decompressor gives. Of a stream that breaks what came
// before is inspected.
func (v *visit) unpacked(of *Source, p packed) Part {
	path := of.Path + ":" + p.name
	if reason := v.full(); reason != "" {
		return unread(path, 0, pickle.Inconclusive, reason)
	}
	spending := &spending{visit: v, packed: p.size, first: true}
	u, err := archive.Unpack(archive.Unpacking{
		Open: p.open, Once: p.once, Heavy: p.heavy, Held: max(v.held, 0), Inner: v.depth > 0, Spend: spending.spend, Spill: spending.spill,
	})
	spending.first = false
	defer func() {
		v.spilled -= spending.spilled
		_ = u.Close() // nothing was written that anybody reads
	}()
	if u.Size() == 0 && err != nil {
		return v.notUnpacked(path, err)
	}
	s, failed := NewSource(path, u, u.Size(), p.beside)
	if failed != nil {
		return v.notUnpacked(path, failed)
	}
	v.held -= u.Memory()
	out := v.innerBy(s, p.read)
	v.held += u.Memory()
	if over := spending.over; over != nil {
		err = over
	}
	if err != nil && out.Status != pickle.Failure || spending.over != nil {
		out.Status, out.Reason = pickle.Inconclusive, fmt.Sprintf("it was unpacked to its byte %d: %v", u.Size(), err)
		out.Verdict = judge(out.Status, out.Findings)
	}
	return out
}

// innerBy inspects a source that lies in another one by a reader of its own, or
// by its bytes.
func (v *visit) innerBy(s *Source, read func(s *Source) Part) Part {
	if read == nil {
		return v.inner(s)
	}
	v.depth++
	defer func() { v.depth-- }()
	return read(s)
}

// notUnpacked is a part of which not one byte came.
func (v *visit) notUnpacked(path string, err error) Part {
	var limit archive.LimitError
	var over usedUp
	if errors.As(err, &limit) || errors.As(err, &over) || errors.Is(err, archive.ErrMethod) {
		return unread(path, 0, pickle.Inconclusive, err.Error())
	}
	return v.failed(path, 0, err)
}

// spending counts what the unpacking of one member takes.
type spending struct {
	visit   *visit
	packed  int64
	first   bool // pass, in which the ratio shows
	made    int64
	spilled int64
	over    error
}

func (s *spending) spend(n int64) error {
	v := s.visit
	if err := v.ctx.Err(); err != nil {
		return err
	}
	if v.left -= n; v.left < 0 {
		s.over = usedUp{fmt.Sprintf("decompressed bytes (%d for each of the file, at most %d)", v.budget.Ratio, v.budget.Bytes)}
		return s.over
	}
	const free = 1 << 20
	if s.first {
		s.made += n
		if s.packed > 0 && s.made > free && s.made/v.budget.Ratio > s.packed {
			s.over = usedUp{fmt.Sprintf("%d decompressed bytes for each compressed one", v.budget.Ratio)}
			if v.beyond -= n; v.beyond < 0 {
				return s.over
			}
			v.left += n
		}
	}
	return nil
}

func (s *spending) spill(n int64) error {
	v := s.visit
	if v.spilled += n; v.spilled > v.budget.Spilled {
		s.over = v.noSpace()
		return s.over
	}
	s.spilled += n
	return nil
}

func (v *visit) noSpace() error {
	return usedUp{fmt.Sprintf("%d bytes of files on the way", v.budget.Spilled)}
}

// stream inspects bytes that come out of a decompressor and can be had only
// once: declared is how many there should be, -1 when nobody says, packed how
// many they were made of.
func (v *visit) stream(of *Source, name string, r io.Reader, declared, size int64, beside Beside) Part {
	p := v.unpacked(of, packed{name: name, once: true, size: size, beside: beside, open: func() (io.Reader, error) { return r, nil }})
	if declared >= 0 && p.Size != declared && p.Status == pickle.Complete {
		p.Status, p.Reason = pickle.Inconclusive, fmt.Sprintf("%d bytes came, %d were declared", p.Size, declared)
		p.Verdict = judge(p.Status, p.Findings)
	}
	return p
}
