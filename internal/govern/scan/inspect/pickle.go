package inspect

import (
	"fmt"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// readPickle reads a source as an unpickler would. Where another format is known
// to be the source's, or may be, only what begins at the first byte counts: bytes
// inside it that look like a pickle are what that format says they are. The bytes
// PK of a zip file are an opcode that asks the loader for what its line names: no
// loader has such a thing, so that what lies behind it runs nowhere.
func readPickle(v *visit, s *Source, known, text bool) Reading {
	if known || text {
		if !pickle.Begins(s.Head) {
			return Reading{Status: pickle.Failure}
		}
		r := pickle.Peek(s.Bytes, s.Size, v.vetting, v.pickleBudget())
		switch {
		case !r.Acts() && !r.Exhausts() && (known || !r.Whole()), known && s.Head[0] == 'P' && r.Verdict != pickle.Malicious:
			return Reading{Status: pickle.Failure}
		case known || r.Exhausts() || len(r.Coverage.Unparsed) == 0:
			return v.pickled(s, r)
		}
	}
	r := pickle.Scan(s.Bytes, s.Size, v.vetting, v.pickleBudget())
	begun := len(s.Head) > 1 && s.Head[0] == 0x80 && s.Head[1] <= 5
	if !r.Acts() && !r.Exhausts() && !r.Hides() && !r.Whole() && !begun {
		return Reading{Status: pickle.Failure}
	}
	return v.pickled(s, r)
}

// pickled is the reading that a report of a pickle makes, with what it hands to
// other readers and what lies beside it.
func (v *visit) pickled(s *Source, r pickle.Report) Reading {
	out := Reading{Format: "pickle", Status: r.Status, Reason: r.Reason, Coverage: r.Coverage, Guess: !r.Acts() && !r.Exhausts()}
	if r.Trace == nil {
		return out
	}
	if v.pickles != nil {
		v.pickles(s, r)
	}
	out.Format = fmt.Sprintf("pickle p%d", r.Trace.Protocol)
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, Finding{
			Rule: f.Rule, Severity: f.Severity, Class: classOf(f), Module: f.Module, Name: f.Name, Args: f.Args,
			Offset: f.Offset, Opcode: f.Opcode.String(), Member: s.Path, Why: f.Why, Count: max(f.Count, 1),
		})
	}
	if len(r.Trace.Persistent) > 0 {
		v.storages[s.Path] = r.Trace.Persistent
	}
	v.embedded(s, r, &out)
	v.sideFiles(s, r, &out)
	return out
}

// embedded inspects what a pickle hands to other readers, by every format. When
// all of it is understood so is the pickle.
func (v *visit) embedded(s *Source, r pickle.Report, out *Reading) {
	open := 0
	for _, e := range r.Trace.Embedded {
		if e.Read {
			continue
		}
		bytes, size, err := literal(s, e, v.budget.Held)
		p := unread(s.Path, e.Size, pickle.Inconclusive, "")
		if err == nil {
			p = v.member(s, fmt.Sprintf("@%d", e.Offset), bytes, size, nil)
		} else {
			p.Reason = err.Error()
		}
		out.Members = append(out.Members, p)
		if p.Status != pickle.Complete {
			open++
		}
	}
	if open == 0 && len(r.Open) > 0 {
		out.Status, out.Reason = pickle.Complete, ""
	}
}

// literal is the bytes of an embedded range.
func literal(s *Source, e pickle.Embedded, held int64) (io.ReaderAt, int64, error) {
	in := io.NewSectionReader(s.Bytes, e.Offset, e.Size)
	if !e.Escaped {
		return in, e.Size, nil
	}
	if e.Size > held {
		return nil, 0, fmt.Errorf("the budget of %d decompressed bytes was used up by a text of bytes at %d", held, e.Offset)
	}
	letters, err := io.ReadAll(in)
	if err != nil {
		return nil, 0, err
	}
	plain := make([]byte, 0, len(letters))
	for _, c := range string(letters) {
		if c > 0xff {
			return nil, 0, fmt.Errorf("the text at %d has letters that are no bytes", e.Offset)
		}
		plain = append(plain, byte(c))
	}
	return pickle.Memory(plain), int64(len(plain)), nil
}

// sideFiles inspects what joblib below 0.10 reads beside a pickle.
func (v *visit) sideFiles(s *Source, r pickle.Report, out *Reading) {
	seen := map[string]bool{}
	for _, name := range r.Trace.SideFiles {
		if seen[name] || strings.ContainsAny(name, `/\`) || name == ".." {
			continue // one that leads out is a finding
		}
		seen[name] = true
		if s.Beside == nil {
			continue // it is inspected as what it is, where the whole is known
		}
		beside, err := s.Beside(name)
		if err != nil {
			if out.Status == pickle.Complete {
				out.Status, out.Reason = pickle.Inconclusive, fmt.Sprintf("the file %q beside it, which holds an array of it, cannot be read: %v", name, err)
			}
			continue
		}
		p := v.member(s, name, beside.Bytes, beside.Size, nil)
		out.Members = append(out.Members, p)
	}
}

func classOf(f pickle.Finding) string {
	if f.Module == "" {
		return ""
	}
	return f.Class.String()
}
