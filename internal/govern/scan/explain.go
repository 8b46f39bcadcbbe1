package scan

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/ml/pickle"
)

const (
	// around is how many bytes are shown before and behind a finding's.
	around = 16
	// mostDumps is how many findings of a pickle have their bytes shown.
	mostDumps = 20
)

// Explain writes what each pickle in a file would do, as Python-like lines with
// offsets, and the bytes around each finding; then what there is to say against
// the rest of the file. It gives the report as File does.
func (s *Scanner) Explain(ctx context.Context, source *inspect.Source, w io.Writer) (*Report, error) {
	began := s.Now()
	report := newReport(source.Path, s.Engine, s.rules, began)
	var text bytes.Buffer
	explained := map[string]bool{}
	part := s.inspector.Explain(ctx, source, func(at *inspect.Source, r pickle.Report) {
		explained[at.Path] = true
		fmt.Fprintf(&text, "# %s: a pickle of protocol %d, %s, %s\n", at.Path, r.Trace.Protocol, r.Verdict, r.Status)
		_ = r.Why(&text) // a buffer takes everything
		dumps(&text, at, r.Findings)
		text.WriteByte('\n')
	})
	report.Add(part)
	report.took(s.Now().Sub(began))
	for _, f := range part.Findings {
		if !explained[f.Member] {
			fmt.Fprintf(&text, "%08x %s %s: %s\n", f.Offset, strings.ToUpper(f.Severity.String()), f.Member, f.Why)
		}
	}
	_, err := w.Write(text.Bytes())
	return report, err
}

// dumps shows the bytes around findings.
func dumps(w io.Writer, s *inspect.Source, findings []pickle.Finding) {
	for i, f := range findings {
		if i == mostDumps {
			_, _ = fmt.Fprintf(w, "# and the bytes of %d more findings\n", len(findings)-i)
			return
		}
		from := max(f.Offset-around, 0) &^ (around - 1)
		b := make([]byte, min(s.Size, f.Offset+2*around)-from)
		n, _ := s.Bytes.ReadAt(b, from)
		_, _ = fmt.Fprintf(w, "# bytes around %d (%s):\n", f.Offset, f.Rule)
		dump(w, from, b[:n], f.Offset)
	}
}

// dump writes bytes 16 a line, the one at mark in brackets.
func dump(w io.Writer, from int64, b []byte, mark int64) {
	const line = 16
	for at := 0; at < len(b); at += line {
		row := b[at:min(at+line, len(b))]
		var hex, plain strings.Builder
		for i, c := range row {
			open, shut := " ", ""
			if from+int64(at+i) == mark {
				open = "["
			} else if i > 0 && from+int64(at+i-1) == mark {
				open = "]"
			}
			fmt.Fprintf(&hex, "%s%02x%s", open, c, shut)
			if c < ' ' || c > '~' {
				c = '.'
			}
			plain.WriteByte(c)
		}
		end := " "
		if from+int64(at+len(row)-1) == mark {
			end = "]"
		}
		_, _ = fmt.Fprintf(w, "%08x %-48s%s %s\n", from+int64(at), hex.String(), end, plain.String())
	}
}

// Pickle is what a scan read of one pickle of a file.
type Pickle struct {
	Source *inspect.Source // must not be kept
	pickle.Report
}

// Pickles calls found with each pickle in a file, in the order in which they are
// read, and gives the report as File does.
func (s *Scanner) Pickles(ctx context.Context, source *inspect.Source, found func(Pickle)) *Report {
	began := s.Now()
	report := newReport(source.Path, s.Engine, s.rules, began)
	report.Add(s.inspector.Explain(ctx, source, func(at *inspect.Source, r pickle.Report) { found(Pickle{at, r}) }))
	report.took(s.Now().Sub(began))
	return report
}
