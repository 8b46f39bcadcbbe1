package arrow

import (
	"encoding/binary"
	"errors"
)

// Pair is a key and a value of a file's metadata.
type Pair struct {
	Key, Value string
	Offset     int // of the value in the metadata
}

var errThrift = errors.New("arrow: the metadata of the Parquet file are damaged")

// compact reads Thrift's compact protocol.
type compact struct {
	b     []byte
	at    int
	depth int
	pairs []Pair
}

const (
	mostDepth = 32
	// keyValues is the field of FileMetaData that has the pairs.
	keyValues = 5
)

// Metadata gives the pairs of the metadata of a Parquet file.
func Metadata(b []byte) ([]Pair, error) {
	c := &compact{b: b}
	err := c.structure(func(field int, kind byte) error {
		if field == keyValues && kind == 9 {
			return c.list(c.pair)
		}
		return c.skip(kind)
	})
	if err == nil && c.at < len(b) {
		err = errThrift // they end too early
	}
	return c.pairs, err
}

func (c *compact) pair(kind byte) error {
	if kind != 12 {
		return errThrift
	}
	var p Pair
	err := c.structure(func(field int, kind byte) error {
		if kind != 8 {
			return c.skip(kind)
		}
		text, at, err := c.text()
		if field == 1 {
			p.Key = text
		} else if field == 2 {
			p.Value, p.Offset = text, at
		}
		return err
	})
	c.pairs = append(c.pairs, p)
	return err
}

func (c *compact) byte() (byte, error) {
	if c.at >= len(c.b) {
		return 0, errThrift
	}
	c.at++
	return c.b[c.at-1], nil
}

func (c *compact) number() (uint64, error) {
	v, n := binary.Uvarint(c.b[c.at:])
	if n <= 0 {
		return 0, errThrift
	}
	c.at += n
	return v, nil
}

func (c *compact) pass(n uint64) error {
	if n > uint64(len(c.b)-c.at) {
		return errThrift
	}
	c.at += int(n)
	return nil
}

func (c *compact) text() (text string, at int, err error) {
	n, err := c.number()
	if at = c.at; err == nil {
		err = c.pass(n)
	}
	return string(c.b[at:c.at]), at, err
}

// structure gives each field of a structure to its reader.
func (c *compact) structure(each func(field int, kind byte) error) error {
	if c.depth++; c.depth > mostDepth {
		return errThrift
	}
	defer func() { c.depth-- }()
	for field := 0; ; {
		head, err := c.byte()
		if err != nil || head == 0 {
			return err
		}
		if delta := int(head >> 4); delta > 0 {
			field += delta
		} else {
			n, err := c.number()
			if err != nil {
				return err
			}
			field = int(int16(n>>1) ^ -int16(n&1))
		}
		if err := each(field, head&15); err != nil {
			return err
		}
	}
}

// list gives the kind of each of a list's elements to their reader.
func (c *compact) list(each func(kind byte) error) error {
	head, err := c.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = c.number(); err != nil {
			return err
		}
	}
	if n > uint64(len(c.b)-c.at) { // each has a byte at least
		return errThrift
	}
	for range n {
		if err := each(head & 15); err != nil {
			return err
		}
	}
	return nil
}

// skip passes over a value of a field.
func (c *compact) skip(kind byte) error {
	switch kind {
	case 1, 2: // a truth, which is its kind
		return nil
	case 3:
		return c.pass(1)
	case 4, 5, 6:
		_, err := c.number()
		return err
	case 7:
		return c.pass(8)
	case 8:
		_, _, err := c.text()
		return err
	case 9, 10:
		if c.depth++; c.depth > mostDepth {
			return errThrift
		}
		defer func() { c.depth-- }()
		return c.list(c.element)
	case 11:
		return c.mapping()
	case 12:
		return c.structure(func(_ int, kind byte) error { return c.skip(kind) })
	case 13:
		return c.pass(16)
	}
	return errThrift
}

// element passes over an element of a list, where a truth has a byte.
func (c *compact) element(kind byte) error {
	if kind == 1 || kind == 2 {
		return c.pass(1)
	}
	return c.skip(kind)
}

func (c *compact) mapping() error {
	n, err := c.number()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := c.byte()
	if n > uint64(len(c.b)-c.at) {
		err = errThrift
	}
	for ; err == nil && n > 0; n-- {
		if err = c.element(kinds >> 4); err == nil {
			err = c.element(kinds & 15)
		}
	}
	return err
}
