package inspect

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/gguf"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleGGUF is of headers that break their format.
const RuleGGUF = "gguf-structure"

func looksGGUF(s *Source) bool { return gguf.Begins(s.Head) }

// readGGUF reads the header, and the templates for chats in it, which programs
// that serve the model render.
func readGGUF(_ *visit, s *Source) Reading {
	f, err := gguf.Read(s.Bytes, s.Size)
	format := fmt.Sprintf("gguf v%d", f.Version)
	r := Reading{Format: format}
	if err != nil {
		if r = unfinished(format, s, err); s.Size < 8 {
			return foreign()
		}
		r.Findings = append(r.Findings, against(s, RuleGGUF, pickle.Medium, 0, err.Error()))
	} else {
		r.Coverage = spanned(s.Size, max(f.HeaderEnd, min(f.Data, s.Size)), f.Spans(s.Size))
	}
	for _, fault := range f.Faults {
		r.Findings = append(r.Findings, against(s, RuleGGUF, pickle.Medium, fault.Offset, fault.What))
	}
	if kinds := f.Unknown(); err == nil && len(kinds) > 0 {
		r.Status, r.Reason = pickle.Inconclusive, fmt.Sprintf("tensors are of types that are not known: %v", kinds)
	}
	for _, p := range f.Pairs {
		if p.Text == "" || p.Key != "tokenizer.chat_template" && !strings.HasPrefix(p.Key, "tokenizer.chat_template.") {
			continue
		}
		findings, unread := template(s, p.Text, p.TextAt, false)
		r.Findings = append(r.Findings, findings...)
		if p.Cut {
			unread = "it is longer than what is read of one"
		}
		if unread != "" && r.Status == pickle.Complete {
			r.Status, r.Reason = pickle.Inconclusive, fmt.Sprintf("the template %s was not understood: %s", p.Key, unread)
		}
	}
	return r
}
