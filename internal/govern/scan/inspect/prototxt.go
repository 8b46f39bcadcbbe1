package inspect

import (
	"regexp"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// mostPrototxt is the longest network in text that is read.
const mostPrototxt = 4 << 20

// looksPrototxt takes a source for a message in text, as Caffe's networks are, by its
// first field.
func looksPrototxt(s *Source) bool {
	return looksText(s) && regexp.MustCompile(`^(\xef\xbb\xbf)?(\s*#[^\n]*\n)*\s*[a-z_]+\s*[:{<]`).Match(s.Head)
}

// readPrototxt finds the layers of a network that are programs: Caffe imports the
// module, and makes an object of the class. A text without them is left to others.
func readPrototxt(v *visit, s *Source) Reading {
	b, err := text(s, mostPrototxt)
	if err != nil {
		return foreign()
	}
	out := whole("text", s)
	field := func(name string, in []byte) string {
		m := regexp.MustCompile(`\b` + name + `\s*:\s*["']([\w.]*)["']`).FindSubmatch(in)
		if m == nil {
			return ""
		}
		return string(m[1])
	}
	for _, m := range regexp.MustCompile(`\bpython_param(\s|#[^\n]*\n)*:?(\s|#[^\n]*\n)*[{<][^}>]*`).FindAllIndex(b, mostNames) {
		module, layer := field("module", b[m[0]:m[1]]), field("layer", b[m[0]:m[1]])
		const why = "a layer is a program: Caffe imports its module and makes an object of its class"
		found := v.named(s, module+"."+layer, pickle.UseReduce, int64(m[0]), why)
		if module == "" || layer == "" || len(found) == 0 {
			found = []Finding{against(s, RuleConfigTarget, pickle.Medium, int64(m[0]), why)}
		}
		out.Findings = append(out.Findings, found...)
	}
	if len(out.Findings) == 0 {
		return foreign()
	}
	return out
}
