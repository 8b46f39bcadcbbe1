package security

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/ml/pickle"
)

func severityTone(r inspect.Rule) kit.Tone {
	switch {
	case r.Severity >= pickle.High:
		return kit.Bad
	case r.Severity == pickle.Medium:
		return kit.Warned
	}
	return kit.Idle
}

// sections are the parts of a rule's page.
func sections(r inspect.Rule) []kit.Pair {
	return []kit.Pair{{Key: "What was found", Value: r.What}, {Key: "Why it matters", Value: r.Why}, {Key: "Example", Value: r.Example}, {Key: "What to do", Value: r.Remedy}}
}

// run is a piece of a paragraph.
type run struct {
	Text string
	Code bool // stood between backticks
}

// paragraphs are those of a text in which blank lines part paragraphs and backticks
// enclose code.
func paragraphs(text string) (all [][]run) {
	for p := range strings.SplitSeq(text, "\n\n") {
		var line []run
		for i, piece := range strings.Split(strings.TrimSpace(p), "`") {
			if piece != "" {
				line = append(line, run{Text: piece, Code: i%2 == 1})
			}
		}
		if len(line) > 0 {
			all = append(all, line)
		}
	}
	return all
}
