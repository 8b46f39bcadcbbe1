package inspect

import (
	"crypto/sha256"
	"io"
	"strings"
)

// seenFrom is the depth from which bytes that were inspected are known again. One
// container may be read in several ways that show the same members, so that without
// it the work would double with each container in containers.
const seenFrom = 3

// mostSeen findings of bytes that were inspected are told where they are met again.
const mostSeen = 8

// sight is bytes by a name.
type sight struct {
	name string
	sum  [sha256.Size]byte
}

// once inspects a source unless the same bytes were inspected by the same name. A
// pickle of torch says what lies beside it, and is read each time.
func (v *visit) once(s *Source) Part {
	if v.depth < seenFrom || strings.HasSuffix(s.Name(), ".pkl") {
		return v.part(s)
	}
	h := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{io.NewSectionReader(s.Bytes, 0, s.Size)}, make([]byte, 32<<10))
	if err != nil || n < s.Size {
		return v.part(s)
	}
	key := sight{name: s.Name(), sum: [sha256.Size]byte(h.Sum(nil))}
	if p, ok := v.seen[key]; ok {
		was := p.Path
		p.Path = s.Path
		findings := p.Findings
		p.Findings = nil
		for _, f := range findings[:min(len(findings), mostSeen)] {
			f.Member = s.Path + strings.TrimPrefix(f.Member, was)
			p.Findings = append(p.Findings, f)
		}
		return p
	}
	p := v.part(s)
	if v.ctx.Err() == nil {
		kept := p
		kept.Members = nil
		v.seen[key] = kept
	}
	return p
}
