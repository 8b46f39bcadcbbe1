package jsonstream

import (
	"fmt"
	"io"
)

// Value is a document, or a part of one, held in memory.
type Value struct {
	Kind     Kind // Object, Array, String, Number, Bool or Null
	From, To int64
	Text     string
	Cut      bool
	Number   float64
	Integer  bool
	True     bool
	Members  []Member // of an object, duplicates among them
	Items    []*Value
}

// Member is a key of an object and its value.
type Member struct {
	Key       string
	From      int64 // of the key
	Duplicate bool
	Value     *Value
}

// Get is the last value of a key, as readers that take duplicates take it; nil
// when there is none or v is no object.
func (v *Value) Get(key string) *Value {
	if v == nil {
		return nil
	}
	for i := len(v.Members) - 1; i >= 0; i-- {
		if v.Members[i].Key == key {
			return v.Members[i].Value
		}
	}
	return nil
}

// String is the text of a string, "" of anything else.
func (v *Value) String() string {
	if v == nil || v.Kind != String {
		return ""
	}
	return v.Text
}

// Parse reads a document of at most a number of values into memory. More of them
// is an error that wraps ErrLimit.
func Parse(r io.Reader, l Limits, values int) (*Value, error) {
	p := &parser{in: NewReader(r, l), left: values}
	t, err := p.in.Next()
	if err != nil {
		return nil, err
	}
	v, err := p.value(t)
	if err != nil {
		return nil, err
	}
	_, err = p.in.Next()
	return v, err
}

// Value reads the rest of the value whose first token is t into memory, as Parse
// does. Of a key or an end it is an error.
func (r *Reader) Value(t Token, values int) (*Value, error) {
	p := &parser{in: r, left: values}
	return p.value(t)
}

// Skip passes over the rest of the value whose first token is t.
func (r *Reader) Skip(t Token) error {
	for depth := 0; ; {
		switch t.Kind {
		case Object, Array:
			depth++
		case EndObject, EndArray:
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if t, err = r.Next(); err != nil {
			return err
		}
	}
}

type parser struct {
	in   *Reader
	left int
}

// value is bounded in its depth by the reader's limit.
func (p *parser) value(t Token) (*Value, error) {
	if p.left--; p.left < 0 {
		return nil, fmt.Errorf("json: byte %d: more values than are held: %w", t.From, ErrLimit)
	}
	v := &Value{Kind: t.Kind, From: t.From, To: t.To, Cut: t.Cut, Number: t.Number, Integer: t.Integer, True: t.True}
	switch t.Kind {
	case String:
		v.Text = string(t.Text)
	case Object:
		return v, p.members(v)
	case Array:
		return v, p.items(v)
	}
	return v, nil
}

func (p *parser) members(v *Value) error {
	for {
		t, err := p.in.Next()
		if err != nil {
			return err
		}
		v.To = t.To
		if t.Kind == EndObject {
			return nil
		}
		m := Member{Key: string(t.Text), From: t.From, Duplicate: t.Duplicate}
		if t, err = p.in.Next(); err != nil {
			return err
		}
		if m.Value, err = p.value(t); err != nil {
			return err
		}
		v.Members = append(v.Members, m)
	}
}

func (p *parser) items(v *Value) error {
	for {
		t, err := p.in.Next()
		if err != nil {
			return err
		}
		v.To = t.To
		if t.Kind == EndArray {
			return nil
		}
		item, err := p.value(t)
		if err != nil {
			return err
		}
		v.Items = append(v.Items, item)
	}
}
