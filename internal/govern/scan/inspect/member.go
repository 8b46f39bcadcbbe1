package inspect

import (
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleLink is of links that lead out of the folder in which a container is taken
// apart.
const RuleLink = "link-out"

// mostParts of a container are kept each; of more only those that say something.
const mostParts = 1 << 12

// keep adds a part to a reading.
func (v *visit) keep(out *Reading, p Part) {
	if len(out.Members) < mostParts || p.Status != pickle.Complete || len(p.Findings) > 0 {
		out.Members = append(out.Members, p)
	}
}

// odd adds an oddity as a finding.
func (z *zipped) odd(o archive.Oddity) {
	z.out.Findings = append(z.out.Findings, oddFinding(z.source, o))
}

func (z *zipped) odds(c *archive.Content) {
	for _, o := range c.Oddities() {
		z.odd(o)
	}
}

// oddFinding is the finding that an oddity of a container is.
func oddFinding(s *Source, o archive.Oddity) Finding {
	severity := pickle.Medium
	switch o.Rule {
	case archive.RulePath:
		severity = pickle.High
	case archive.RulePrefix, archive.RuleComment, archive.RuleKind:
		severity = pickle.Low
	}
	f := Finding{Rule: o.Rule, Severity: severity, Offset: o.Offset, Member: s.Path, Why: o.Text, Count: 1}
	if o.Member != "" {
		f.Member += ":" + printable(o.Member)
	}
	return f
}

// storage is a part that a pickle announced as the numbers of a tensor. Numbers
// may look like anything; it is told only when who opens it as a pickle would run
// what is dangerous.
func (v *visit) storage(s *Source) Part {
	readings := []Reading{{Format: "tensor", Coverage: all(s.Size, true)}, readPickle(v, s, true, false)}
	return join(s, v.chain, readings)
}

// link is a symbolic link: its bytes are where it leads.
func (v *visit) link(s *Source) Part {
	const most = 4096
	to := make([]byte, min(s.Size, most))
	if n, err := s.Bytes.ReadAt(to, 0); n < len(to) {
		return v.failed(s.Path, s.Size, err)
	}
	return join(s, v.chain, []Reading{linkTo(s, string(to))})
}

// linkTo is the reading of a link with a target.
func linkTo(s *Source, to string) Reading {
	out := Reading{Format: "link", Coverage: all(s.Size, false)}
	at := s.Path[strings.LastIndexByte(s.Path, ':')+1:]
	folder := at[:strings.LastIndexByte(at, '/')+1]
	if archive.LeadsOut(to) && archive.LeadsOut(folder+to) {
		out.Findings = []Finding{{
			Rule: RuleLink, Severity: pickle.High, Args: short(to), Member: s.Path, Count: 1,
			Why: "a link that leads out of the folder in which the container is taken apart",
		}}
	}
	return out
}

// linked is a symbolic link in a folder that is scanned. It is not followed: what it
// leads to may be anything by the time that it is loaded.
func linked(fsys fs.FS, name string) Part {
	to, err := fs.ReadLink(fsys, name)
	if err != nil {
		return unread(name, 0, pickle.Failure, err.Error())
	}
	out := linkTo(&Source{Path: name}, to)
	p := Part{Path: name, Format: []string{out.Format}, Status: pickle.Inconclusive, Reason: "a link to " + short(to) + ": not followed"}
	if !isBlob(to) {
		p.Findings = out.Findings
	}
	for i := range p.Findings {
		p.Findings[i].Why = "a link that leads out of the folder, to " + short(to)
	}
	p.Verdict = judge(p.Status, p.Findings)
	return p
}

// isBlob reports whether a link leads where the cache of huggingface_hub keeps the
// bytes of a snapshot's files: ../../blobs/ and a hash, from any folder of it.
func isBlob(to string) bool {
	up := strings.TrimLeft(to, "./")
	hash, ok := strings.CutPrefix(up, "blobs/")
	climbs := strings.TrimSuffix(to, up)
	return ok && climbs != "" && strings.ReplaceAll(climbs, "../", "") == "" && (len(hash) == 40 || len(hash) == 64) && strings.Trim(hash, "0123456789abcdef") == ""
}

// shifted is the coverage of a part that begins at a place of its container.
func shifted(c Coverage, by int64) Coverage {
	move := func(ranges []Range) []Range {
		out := make([]Range, len(ranges))
		for i, r := range ranges {
			out[i] = Range{From: r.From + by, To: r.To + by}
		}
		return out
	}
	return Coverage{Parsed: move(c.Parsed), Raw: move(c.Raw), Unparsed: move(c.Unparsed)}
}

// printable is the name of a member as a path can have it.
func printable(name string) string {
	if utf8.ValidString(name) && strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return name
	}
	quoted := strconv.Quote(name)
	return quoted[1 : len(quoted)-1]
}

// behind inspects what stands behind the end of what a format reads, and gives
// its coverage. Zero bytes fill up and are nothing.
func (v *visit) behind(out *Reading, s *Source, at int64) Coverage {
	if at >= s.Size {
		return Coverage{}
	}
	rest := io.NewSectionReader(s.Bytes, at, s.Size-at)
	if zeros(rest) {
		return Coverage{Parsed: []Range{{From: at, To: s.Size}}}
	}
	p := v.member(s, fmt.Sprintf("(bytes at %d)", at), rest, s.Size-at, nil)
	v.keep(out, p)
	return shifted(p.Coverage, at)
}

func zeros(r *io.SectionReader) bool {
	b := make([]byte, min(r.Size(), 64<<10))
	for at := int64(0); at < r.Size(); at += int64(len(b)) {
		n, _ := r.ReadAt(b, at)
		for _, c := range b[:n] {
			if c != 0 {
				return false
			}
		}
		if n == 0 {
			return false
		}
	}
	return true
}
