package inspect

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleXMLEntity is of XML that has its reader read or expand something else.
const RuleXMLEntity = "xml-entity"

// looksXML takes a source by its first letter, in one byte or two each.
func looksXML(s *Source) bool { return strings.HasPrefix(xmlStart(s), "<") }

func xmlStart(s *Source) string {
	return strings.TrimLeft(strings.TrimPrefix(narrow(s.Head[:min(len(s.Head), 512)]), "\ufeff"), " \r\n\t")
}

// narrow is text of two bytes a letter as UTF-8, and any other as it is.
func narrow(b []byte) string {
	order, mark := wide(b)
	if order == nil {
		return string(b)
	}
	units := make([]uint16, 0, len(b)/2)
	for i := mark; i+1 < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	return string(utf16.Decode(units))
}

// wide is the order of the bytes of text that has two a letter, and how many bytes its
// mark has: none where a declaration of XML begins without one, which readers take too
// (XML 1.0, appendix F). The order is nil of any other text.
func wide(b []byte) (binary.ByteOrder, int) {
	switch start := string(b[:min(len(b), 4)]); {
	case len(start) < 4:
	case start[:2] == "\xff\xfe":
		return binary.LittleEndian, 2
	case start[:2] == "\xfe\xff":
		return binary.BigEndian, 2
	case start == "<\x00?\x00":
		return binary.LittleEndian, 0
	case start == "\x00<\x00?":
		return binary.BigEndian, 0
	}
	return nil, 0
}

// mostXMLToken bounds one tag or text, mostWide XML of two bytes a letter,
// mostXMLDepth elements in each other, of which most readers allow fewer.
const (
	mostXMLToken = 8 << 20
	mostWide     = 4 << 20
	mostXMLDepth = 1 << 10
)

// readXML reads a source as XML. Where its first letters do not say that it is,
// it counts only when something is found: prose and HTML begin alike.
func readXML(_ *visit, s *Source) Reading {
	r := readXMLTokens(s)
	start := xmlStart(s)
	if !strings.HasPrefix(start, "<?xml") && !strings.HasPrefix(start, "<PMML") && len(r.Findings) == 0 {
		return foreign()
	}
	return r
}

func readXMLTokens(s *Source) Reading {
	in := &rationed{in: bytesOf(s), left: mostXMLToken}
	if order, _ := wide(s.Head); order != nil {
		b, err := text(s, mostWide)
		if err != nil {
			return unfinished("xml", s, err)
		}
		in.in = strings.NewReader(narrow(b))
	}
	d := xml.NewDecoder(in)
	d.Strict = false
	x := xmlReading{s: s, r: whole("xml", s)}
	d.CharsetReader = func(name string, in io.Reader) (io.Reader, error) {
		if !keepsASCII(name) {
			x.against(pickle.Medium, 0, fmt.Sprintf("its encoding is %s, in which readers see other tags than the bytes show", short(name)))
		}
		return &latin{in: in}, nil
	}
	for {
		at := d.InputOffset()
		t, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			r := unfinished("xml", s, err)
			r.Findings = x.r.Findings
			return r
		}
		in.left = mostXMLToken
		x.token(at, t)
		if x.depth > mostXMLDepth {
			r := unfinished("xml", s, errDeepXML)
			r.Findings = x.r.Findings
			return r
		}
	}
	if x.root == "" {
		return foreign()
	}
	if x.root == "PMML" {
		x.r.Format = "pmml"
		if x.depth > 0 {
			x.r.Status, x.r.Reason = pickle.Inconclusive, fmt.Sprintf("the document is cut off inside %d elements", x.depth)
		}
	}
	return x.r
}

// latin is text as UTF-8 of which every byte is a letter, as in ISO 8859-1: tags are
// the same in all encodings that keep ASCII, whatever their other letters are.
type latin struct {
	in   io.Reader
	rest []byte // made and not yet read
}

func (l *latin) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		b := make([]byte, min(len(p), 4<<10))
		n, err := l.in.Read(b)
		if n == 0 {
			return 0, err
		}
		for _, c := range b[:n] {
			l.rest = utf8.AppendRune(l.rest, rune(c))
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// xinclude is the namespace of XInclude, whatever prefix a document gives it.
const xinclude = "http://www.w3.org/2001/XInclude"

// keepsASCII reports whether an encoding writes the letters of ASCII as their own
// bytes and nothing else as those. UTF-7 and what else iconv knows (libxml2 asks it)
// write tags in other letters. UTF-16 without its mark is one that readers refuse.
func keepsASCII(name string) bool {
	name = strings.ToLower(name)
	for _, family := range [...]string{"iso-8859-", "windows-125", "cp125"} {
		if strings.HasPrefix(name, family) {
			return true
		}
	}
	switch name {
	case "utf-8", "utf8", "us-ascii", "ascii", "latin1", "utf-16", "koi8-r", "koi8-u", "gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr":
		return true
	}
	return false
}

// xmlReading judges the tokens of a document.
type xmlReading struct {
	s        *Source
	r        Reading
	root     string
	declared bool // a document type
	includes bool // the namespace of XInclude
	depth    int  // of elements in each other
}

func (x *xmlReading) against(severity Severity, at int64, why string) {
	if len(x.r.Findings) < mostTemplateFindings {
		x.r.Findings = append(x.r.Findings, against(x.s, RuleXMLEntity, severity, min(at, x.s.Size), why))
	}
}

func (x *xmlReading) token(at int64, t xml.Token) {
	switch t := t.(type) {
	case xml.Directive:
		x.directive(at, t)
	case xml.EndElement:
		x.depth--
	case xml.StartElement:
		x.depth++
		if x.root == "" {
			if x.root = t.Name.Local; x.root == "PMML" && x.declared {
				x.against(pickle.Medium, 0, "a PMML document has a document type, which its schema has not")
			}
		}
		for _, a := range t.Attr {
			x.includes = x.includes || a.Value == xinclude
		}
		if t.Name.Local == "include" && (x.includes || t.Name.Space == "xi" || t.Name.Space == "xinclude") {
			x.against(pickle.Medium, at, "an element includes another document")
		}
	}
}

// directive judges a document type and the entities in it.
func (x *xmlReading) directive(at int64, d xml.Directive) {
	if !bytes.HasPrefix(bytes.TrimSpace(d), []byte("DOCTYPE")) {
		return
	}
	x.declared = true
	for _, part := range bytes.Split(d, []byte("<!ENTITY"))[1:] {
		end := bytes.IndexByte(part, '>')
		if end < 0 {
			end = len(part)
		}
		words := strings.Fields(string(part[:end]))
		name, kind := "", ""
		if len(words) > 0 && words[0] == "%" {
			words = words[1:]
		}
		if len(words) > 1 {
			name, kind = words[0], words[1]
		}
		if kind == "SYSTEM" || kind == "PUBLIC" {
			x.against(pickle.High, at, fmt.Sprintf("the entity %s is read from elsewhere: %s", short(name), short(strings.Join(words[1:], " "))))
		} else if value := strings.Join(words[min(len(words), 1):], " "); strings.Count(value, "&")+strings.Count(value, "%") > 1 {
			x.against(pickle.Medium, at, fmt.Sprintf("the document declares the entity %s by others, which readers expand", short(name)))
		}
	}
}

// rationed is a reader of which only so much may be read for one token.
type rationed struct {
	in   io.Reader
	left int
}

var errDeepXML = errors.New("the budget of 1024 elements of XML in each other was used up")

var errLongToken = errors.New("the budget of 8 MiB of one tag or text of XML was used up")

func (r *rationed) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLongToken
	}
	n, err := r.in.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
