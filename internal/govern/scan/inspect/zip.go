package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// nameBytes bounds the names of all members of a container.
const nameBytes = 16 << 20

// looksZip takes a source for a zip file when a header begins it, or when an end
// record stands where Python's zipfile looks for one.
func looksZip(s *Source) bool { return beginsZip(s) || endsZip(s) }

func beginsZip(s *Source) bool {
	return s.Starts("PK\x03\x04") || s.Starts("PK\x05\x06") || s.Starts("PK\x07\x08PK")
}

func endsZip(s *Source) bool {
	const reach = 1<<16 + 22
	tail := make([]byte, min(s.Size, reach))
	n, _ := s.Bytes.ReadAt(tail, s.Size-int64(len(tail)))
	return bytes.Contains(tail[:n], []byte("PK\x05\x06"))
}

// zipped is a zip file while it is inspected.
type zipped struct {
	visit    *visit
	source   *Source
	view     *archive.Zip
	storages map[string]int64 // sizes of the members that a pickle announced as raw
	torch    map[string]bool  // folders with code of TorchScript, a language that is no Python
	covered  Coverage
	out      Reading
}

// readZip inspects what any reader of zip files could see. One that does not
// begin as a zip is a guess: the bytes of a zip may lie in a pickle, as a value.
func readZip(v *visit, s *Source) Reading {
	view, err := archive.ReadZip(s.Bytes, s.Size, archive.ZipLimits{Members: max(v.budget.Members-v.members, 1), NameBytes: nameBytes})
	z := &zipped{visit: v, source: s, view: view, storages: map[string]int64{}, out: Reading{Format: "zip", Guess: !beginsZip(s)}}
	var limit archive.LimitError
	switch {
	case errors.As(err, &limit):
		z.out.Status, z.out.Reason = pickle.Inconclusive, "the zip file: "+limit.Error()
		return z.out
	case err != nil:
		z.out.Status, z.out.Reason = pickle.Failure, err.Error()
		return z.out
	}
	if len(view.Members) == 0 && z.out.Guess {
		z.out.Status = pickle.Failure
		return z.out
	}
	for _, o := range view.Oddities {
		z.odd(o)
	}
	z.torch = torchCode(view.Members)
	for _, m := range view.Members {
		if exportConfig.MatchString(m.Name) {
			z.exported(m)
		}
	}
	z.members(true)
	z.members(false)
	z.gaps()
	z.out.Coverage = z.coverage()
	return z.out
}

// members inspects the pickles, which say what some of the others are, or those.
func (z *zipped) members(pickles bool) {
	for i, m := range z.view.Members {
		if strings.HasSuffix(m.Name, ".pkl") != pickles || m.Folder() {
			continue
		}
		z.member(m, m.Method, "")
		for _, method := range m.Also {
			z.member(m, method, fmt.Sprintf("(method %d)", method))
		}
		if pickles {
			z.announced(m)
		}
		if i%1024 == 0 && z.visit.ctx.Err() != nil {
			return
		}
	}
}

// announced notes the members that a pickle of torch has as storages: in a folder
// of its name, or in that of a package.
func (z *zipped) announced(m archive.Member) {
	at := z.source.Path + ":" + printable(m.Name)
	for _, p := range z.visit.storages[at] {
		if n := p.Bytes(); n > 0 {
			z.storages[strings.TrimSuffix(m.Name, ".pkl")+"/"+p.Key] = n
			top, _, _ := strings.Cut(m.Name, "/")
			z.storages[top+"/.data/"+p.Key+".storage"] = n
		}
	}
	delete(z.visit.storages, at)
}

// member inspects a member, unpacked by a method.
func (z *zipped) member(m archive.Member, method archive.Method, note string) {
	v, name := z.visit, printable(m.Name)+note
	m.Method = method
	var part Part
	if m.Stored() {
		part = z.stored(m, name)
	} else {
		part = z.packed(m, name)
	}
	if m.Sealed && part.Status != pickle.Complete {
		part.Reason = "it is encrypted, or says so: " + part.Reason
	}
	v.keep(&z.out, part)
}

// stored inspects a member that lies in the file as it is.
func (z *zipped) stored(m archive.Member, name string) Part {
	v, size := z.visit, m.Data.Len()
	in := io.NewSectionReader(z.source.Bytes, m.Data.From, size)
	part := z.inspect(m, name, in, size)
	if c, err := m.Open(z.source.Bytes, z.visit.scratch); err == nil && v.ctx.Err() == nil {
		_, _ = io.Copy(io.Discard, c) // what cannot be read is said by the part
		z.odds(c)
	}
	z.covers(shifted(part.Coverage, m.Data.From))
	return part
}

func (z *zipped) inspect(m archive.Member, name string, r io.ReaderAt, size int64) Part {
	v := z.visit
	if reason := v.full(); reason != "" {
		return unread(z.source.Path+":"+name, size, pickle.Inconclusive, reason)
	}
	s, err := NewSource(z.source.Path+":"+name, r, size, z.beside(m.Name))
	if err != nil {
		return v.failed(z.source.Path+":"+name, size, err)
	}
	return v.innerBy(s, z.reader(m, size))
}

// packed inspects a member that must be unpacked, and what stands behind the end
// of its stream.
func (z *zipped) packed(m archive.Member, name string) Part {
	var first *archive.Content
	v := z.visit
	part := v.unpacked(z.source, packed{
		name: name, size: m.Data.Len(), heavy: m.Method != archive.Deflate, beside: z.beside(m.Name), read: z.reader(m, m.Size),
		open: func() (io.Reader, error) {
			c, err := m.Open(z.source.Bytes, z.visit.scratch)
			if first == nil {
				first = c
			}
			if err != nil {
				return nil, err
			}
			return c, nil
		},
	})
	whole := Range{From: m.Data.From, To: m.Data.To}
	if first != nil {
		z.odds(first)
		if end := m.Data.From + first.Consumed(); first.Ended() && end < m.Data.To {
			behind := v.member(z.source, name+"(behind)", io.NewSectionReader(z.source.Bytes, end, m.Data.To-end), m.Data.To-end, nil)
			v.keep(&z.out, behind)
			z.covers(shifted(behind.Coverage, end))
			whole.To = end
		}
	}
	z.covers(contentCover(part, whole))
	return part
}

// reader is how a member is inspected: nil for by its bytes.
func (z *zipped) reader(m archive.Member, size int64) func(s *Source) Part {
	switch n, announced := z.storages[m.Name]; {
	case announced && n == size:
		return z.visit.storage
	case strings.HasSuffix(m.Name, ".py") && z.scripted(m.Name):
		return z.visit.torchScript
	case slices.ContainsFunc(z.view.Oddities, func(o archive.Oddity) bool { return o.Rule == archive.RuleKind && o.Offset == m.Header }):
		return z.visit.link
	}
	return nil
}

// gaps inspects the bytes that no reading accounts for.
func (z *zipped) gaps() {
	for _, g := range z.view.Gaps {
		name := fmt.Sprintf("(bytes at %d)", g.From)
		part := z.visit.member(z.source, name, io.NewSectionReader(z.source.Bytes, g.From, g.Len()), g.Len(), nil)
		z.visit.keep(&z.out, part)
		z.covers(shifted(part.Coverage, g.From))
	}
}

func (z *zipped) covers(c Coverage) {
	z.covered.Parsed = append(z.covered.Parsed, c.Parsed...)
	z.covered.Raw = append(z.covered.Raw, c.Raw...)
}

// coverage is that of the file: what is neither a member's nor a gap is headers
// and directories, which were parsed.
func (z *zipped) coverage() Coverage {
	var content []Range
	for _, m := range z.view.Members {
		content = append(content, Range{From: m.Data.From, To: m.Data.To})
	}
	for _, g := range z.view.Gaps {
		content = append(content, Range{From: g.From, To: g.To})
	}
	return containerCover(z.source.Size, z.covered, content)
}

// beside opens a member by its name from the folder of another one, as its
// programs would; one that is packed only while it may be held in memory.
func (z *zipped) beside(of string) Beside {
	return func(name string) (*Source, error) {
		name = path.Join(path.Dir(of), name)
		for _, m := range slices.Backward(z.view.Members) {
			if m.Name != name || m.Hidden {
				continue
			}
			at := z.source.Path + ":" + printable(m.Name)
			if m.Stored() {
				return NewSource(at, io.NewSectionReader(z.source.Bytes, m.Data.From, m.Data.Len()), m.Data.Len(), nil)
			}
			c, err := m.Open(z.source.Bytes, z.visit.scratch)
			if err != nil {
				return nil, err
			}
			defer func() { _ = c.Close() }() // of scratch alone
			held, err := io.ReadAll(io.LimitReader(c, min(z.visit.held, z.visit.left)+1))
			if n := int64(len(held)); n > z.visit.held {
				return nil, usedUp{fmt.Sprintf("%d bytes in memory", z.visit.budget.Held)}
			}
			z.visit.left -= int64(len(held))
			if err != nil {
				return nil, err
			}
			return NewSource(at, pickle.Memory(held), int64(len(held)), nil)
		}
		return nil, fs.ErrNotExist
	}
}
