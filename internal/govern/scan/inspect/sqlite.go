package inspect

import (
	"encoding/hex"
	"fmt"
	"io"
	"regexp"

	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/sqlite"
)

// looksSQLite takes a source for a database by its first bytes.
func looksSQLite(s *Source) bool { return s.Starts(sqlite.Signature) }

// readSQLite reads every value of a database: shelve, and caches of objects, keep
// pickles in them.
func readSQLite(v *visit, s *Source) Reading {
	out := Reading{Format: "sqlite"}
	file, err := sqlite.Read(s.Bytes, s.Size, sqlite.DefaultBudget(), func(x sqlite.Value) error {
		name := fmt.Sprintf("%s:%d:%d", printable(short(x.Table)), x.Row, x.Column)
		v.value(&out, s, name, x.Bytes())
		return v.ctx.Err()
	})
	if file == nil {
		r := unfinished("sqlite", s, err)
		r.Findings, r.Members = out.Findings, out.Members
		return r
	}
	if len(file.Problems) > 0 {
		p := file.Problems[0]
		out.incomplete(pickle.Inconclusive, fmt.Sprintf("at %d: %s", p.Offset, p.What))
	}
	st := newStatements()
	for _, e := range file.Schema {
		v.schemaEntry(&out, s, st, e)
	}
	out.Coverage = cover(s.Size, []Coverage{{Parsed: file.Parsed, Raw: file.Free}, v.behind(&out, s, file.Size)})
	return out
}

// value inspects a value that a database or a heap holds when it is one that a
// program unpickles: what begins as a pickle and calls something, or is packed and
// found to do harm. Others are data.
func (v *visit) value(out *Reading, of *Source, name string, in *io.SectionReader) {
	const shortest = 3
	if in.Size() < shortest {
		return
	}
	head := make([]byte, min(in.Size(), headBytes))
	if n, _ := in.ReadAt(head, 0); n < len(head) {
		out.incomplete(pickle.Failure, fmt.Sprintf("the value %s cannot be read", name))
		return
	}
	s := &Source{Path: of.Path + ":" + name, Bytes: in, Size: in.Size(), Head: head}
	begins, packed := pickle.Begins(head), looksCompressed(s) || looksZip(s)
	if !begins && !packed {
		return
	}
	if v.depth >= v.budget.Depth {
		out.incomplete(pickle.Inconclusive, v.full())
		return
	}
	var p Part
	if begins {
		v.depth++
		r := readPickle(v, s, true, false)
		v.depth--
		if !failed(r) {
			p = join(s, v.chain, []Reading{r})
		}
	}
	if packed && p.Path == "" {
		if p = v.inner(s); p.Verdict != pickle.Malicious && p.Verdict != pickle.Suspicious {
			return
		}
	}
	if p.Path == "" {
		return
	}
	if reason := v.full(); reason != "" {
		out.incomplete(pickle.Inconclusive, reason)
	}
	v.keep(out, p)
}

// statements tell what statements of a schema do: bytes stand in them as hex digits,
// and a view may also cut or cast them of what is stored.
type statements struct{ literal, bytes, computed *regexp.Regexp }

func newStatements() statements {
	return statements{
		literal:  regexp.MustCompile(`(?i)x'([0-9a-f]{6,})'`),
		bytes:    regexp.MustCompile(`(?i)\b(cast|unhex|substr|substring|jsonb\w*|sqlite_dbpage)\b`),
		computed: regexp.MustCompile(`(?i)\bas\b`), // a column
	}
}

// schemaEntry inspects a statement of the schema: bytes that stand in it, as defaults
// or in a view, are values that no row holds.
func (v *visit) schemaEntry(out *Reading, s *Source, st statements, e sqlite.Entry) {
	name := printable(short(e.Name))
	for i, m := range st.literal.FindAllStringSubmatch(e.SQL, -1) {
		if b, err := hex.DecodeString(m[1]); err == nil {
			v.value(out, s, fmt.Sprintf("%s:schema:%d", name, i), io.NewSectionReader(pickle.Memory(b), 0, int64(len(b))))
		}
	}
	computes := e.Kind == "view" || e.Kind == "table" && st.computed.MatchString(e.SQL)
	if computes && st.bytes.MatchString(e.SQL) {
		out.incomplete(pickle.Inconclusive, fmt.Sprintf("the %s %s computes values of what is stored, which are not read", e.Kind, name))
	}
}
