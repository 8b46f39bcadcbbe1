package listing

import (
	"bufio"
	"crypto/md5" //nolint:gosec // the name of an object is its md5
	"io"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Write writes the object's bytes, as DVC does.
func (l *Listing) Write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	line := []byte{'['}
	for i := range l.at {
		if i > 0 {
			line = append(line, ", "...)
		}
		line = append(line, `{"md5": "`...)
		line = l.ID(i).Append(line)
		line = append(line, `", "relpath": `...)
		line = append(pyjson.AppendString(line, l.Path(i)), '}')
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = line[:0]
	}
	if _, err := out.Write(append(line, ']')); err != nil {
		return err
	}
	return out.Flush()
}

// Name is the object's: the md5 of what Write gives.
func (l *Listing) Name() object.ID {
	digest := md5.New() //nolint:gosec // as above
	_ = l.Write(digest) // a digest takes all
	return object.ID{Sum: [16]byte(digest.Sum(nil)), Dir: true}
}

// MaxEntries is how many entries are read at most: ten times what is known of the
// largest directory that somebody keeps with DVC.
const MaxEntries = 50_000_000

// Parse reads an object's bytes, of which there are at most limit. It is
// fault.Invalid with the place where they are no listing, and with the path where
// one leads out of the directory, is empty, or is there twice.
//
// Only a listing of the legacy layout may tell more of a file than md5 and
// relpath: some versions of DVC 2 wrote size and mode.
func Parse(r io.Reader, limit int64, layout object.Layout) (*Listing, error) {
	limited := &io.LimitedReader{R: r, N: limit + 1}
	p := parser{in: pyjson.NewReader(limited), b: NewBuilder(0), more: layout == object.Legacy}
	err := p.list()
	if limited.N == 0 {
		return nil, fault.New(fault.Limit, "The listing has more than %d bytes.", limit)
	}
	if err != nil {
		if fault.KindOf(err) != fault.Internal {
			return nil, err
		}
		return nil, fault.New(fault.Invalid, "It is no listing of a directory: %s.", err)
	}
	return p.b.Listing()
}

type parser struct {
	in   *pyjson.Reader
	b    *Builder
	more bool // further keys are passed over
	key  []byte
	path []byte
	hash []byte
}

func (p *parser) list() error {
	if err := p.in.Expect('['); err != nil {
		return err
	}
	if c, err := p.in.Peek(); err != nil || c == ']' {
		if err == nil {
			err = p.in.Expect(']')
		}
		return first(err, p.in.End)
	}
	for {
		if err := p.object(); err != nil {
			return err
		}
		if p.b.l.Len() > MaxEntries {
			return fault.New(fault.Limit, "The listing has more than %d entries.", MaxEntries)
		}
		c, err := p.in.Peek()
		if err != nil {
			return err
		}
		if c == ']' {
			return first(p.in.Expect(']'), p.in.End)
		}
		if err := p.in.Expect(','); err != nil {
			return err
		}
	}
}

func first(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

// object reads one entry and adds it.
func (p *parser) object() error {
	if err := p.in.Expect('{'); err != nil {
		return err
	}
	var hasPath, hasHash bool
	for {
		key, err := p.in.String(p.key[:0], 64)
		if err != nil {
			return err
		}
		p.key = key
		if err := p.in.Expect(':'); err != nil {
			return err
		}
		switch {
		case string(key) == "relpath" && !hasPath:
			hasPath = true
			p.path, err = p.in.String(p.path[:0], MaxPath)
		case string(key) == "md5" && !hasHash:
			hasHash = true
			p.hash, err = p.in.String(p.hash[:0], 64)
		case p.more && string(key) != "relpath" && string(key) != "md5":
			err = p.in.Scalar()
		default:
			err = fault.New(fault.Invalid, "It is no listing of a directory: an entry before byte %d has a further %.60q.", p.in.Offset(), key)
		}
		if err != nil {
			return err
		}
		c, err := p.in.Peek()
		if err != nil {
			return err
		}
		if c == '}' {
			break
		}
		if err := p.in.Expect(','); err != nil {
			return err
		}
	}
	if err := p.in.Expect('}'); err != nil {
		return err
	}
	return p.add(hasPath && hasHash)
}

func (p *parser) add(whole bool) error {
	if !whole {
		return fault.New(fault.Invalid, "It is no listing of a directory: the entry before byte %d lacks md5 or relpath.", p.in.Offset())
	}
	id, err := object.Parse(string(p.hash))
	if err != nil || id.Dir {
		return fault.New(fault.Invalid, "The listing gives %.200q the hash %.80q, which is no md5.", p.path, p.hash)
	}
	return p.b.Add(p.path, id.Sum)
}
