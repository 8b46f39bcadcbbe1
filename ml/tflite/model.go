package tflite

import (
	"errors"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/extent"
)

// Identifier are the bytes 4 to 8 of every model.
const Identifier = "TFL3"

// Range is the bytes From up to To of the file, To not among them.
type Range = extent.Range

// Operator is an entry of the list of operators that the model uses.
type Operator struct {
	Builtin int64  // its number, as BuiltinOperator has it
	Custom  string // name of one that TensorFlow Lite does not have, else ""
	Offset  int64
}

// custom is the number of custom operators.
const custom = 32

// Problem is something that is wrong, or not understood.
type Problem struct {
	Offset  int64
	What    string
	Unknown bool // a part that this package does not know; else one that does not fit
}

// Model is what a file holds.
type Model struct {
	Version   int64
	Operators []Operator
	Files     []string // other files that hold numbers
	Problems  []Problem
	Parsed    []Range // tables, in order and apart
	Raw       []Range // numbers of tensors and custom options, in order and apart, not among Parsed
	End       int64   // where the last part ends

	buffers   []buffer
	tensors   [][]tensor // of each subgraph
	operators []use
}

// ErrOther is given for bytes without the identifier.
var ErrOther = errors.New("tflite: the bytes 4 to 8 are not TFL3")

// Read reads a model. An error tells that the bytes are none; what is wrong
// with one that is are its Problems.
func Read(in io.ReaderAt, size int64) (*Model, error) {
	root, err := parseSchema(schemaText)
	if err != nil {
		return nil, err
	}
	r := &reader{pages: &pages{in: in, size: size, held: map[int64][]byte{}}, model: &Model{}, seen: map[visit]bool{}, codes: map[int64]Operator{}, buffers: map[int64]buffer{}, tensors: map[int64]tensor{}}
	if string(r.bytes(4, 4)) != Identifier {
		return nil, errors.Join(ErrOther, r.err)
	}
	r.parsed(0, 8)
	r.table(root, r.u32(0))
	r.check()
	m := r.model
	if r.err != nil {
		m.Problems = append(m.Problems, Problem{What: r.err.Error()})
	}
	m.Parsed = extent.Merge(m.Parsed)
	m.Raw = extent.Without(extent.Merge(m.Raw), m.Parsed)
	for _, all := range [][]Range{m.Parsed, m.Raw} {
		if len(all) > 0 {
			m.End = max(m.End, all[len(all)-1].To)
		}
	}
	return m, nil
}

// visit is a part that was read as something.
type visit struct {
	at   int64
	what any
}

// reader is a model while it is read.
type reader struct {
	*pages
	model *Model
	seen  map[visit]bool
	full  bool
	texts int // bytes held

	codes   map[int64]Operator // by their places, for lists that name them twice
	buffers map[int64]buffer
	tensors map[int64]tensor
}

// The most that is kept.
const (
	mostProblems = 1000
	mostVisits   = 1 << 19
	mostRanges   = 1 << 18
	mostTexts    = 16 << 20 // bytes of names
	mostElements = 1 << 24  // of a vector of tables or texts
)

func (r *reader) problem(unknown bool, at int64, format string, args ...any) {
	if len(r.model.Problems) < mostProblems {
		r.model.Problems = append(r.model.Problems, Problem{Offset: at, What: fmt.Sprintf(format, args...), Unknown: unknown})
	}
}

// once reports whether a part is met for the first time.
func (r *reader) once(at int64, what any) bool {
	if len(r.seen) >= mostVisits {
		r.exhausted(at)
		return false
	}
	v := visit{at, what}
	if r.seen[v] {
		return false
	}
	r.seen[v] = true
	return true
}

// exhausted tells once that there is more than is kept.
func (r *reader) exhausted(at int64) {
	if !r.full {
		r.full = true
		r.problem(true, at, "the model has more parts than are kept")
	}
}

func (r *reader) parsed(at, n int64) { r.model.Parsed = r.add(r.model.Parsed, at, n) }

func (r *reader) raw(at, n int64) { r.model.Raw = r.add(r.model.Raw, at, n) }

func (r *reader) add(to []Range, at, n int64) []Range {
	if last := len(to) - 1; last >= 0 && at >= to[last].From && at <= to[last].To {
		to[last].To = max(to[last].To, at+n)
		return to
	}
	if len(to) >= mostRanges && !r.full {
		if to = extent.Merge(to); len(to) > mostRanges/2 {
			r.exhausted(at)
		}
	}
	if r.full {
		return to
	}
	return append(to, Range{From: at, To: at + n})
}
