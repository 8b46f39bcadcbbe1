package protobuf

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the type of a field.
type Kind uint8

// The kinds of fields. A varint is any integer, bool or enum.
const (
	Varint Kind = iota
	Fixed32
	Fixed64
	String
	Bytes
	Submessage
)

// Field is a field of a message. Its Name has the message's before it:
// NodeProto.op_type.
type Field struct {
	Number  int
	Name    string
	Kind    Kind
	Message *Message // of a submessage
}

// Message is a type of messages.
type Message struct {
	Name   string
	fields map[int]*Field
}

// Schema is all types of messages of a format.
type Schema struct{ messages map[string]*Message }

// ParseSchema reads the lines of a schema. Empty lines and those that begin with
// # are passed over.
func ParseSchema(text string) (*Schema, error) {
	s := &Schema{messages: map[string]*Message{}}
	kinds := map[string]Kind{"varint": Varint, "fixed32": Fixed32, "fixed64": Fixed64, "string": String, "bytes": Bytes}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 4 {
			return nil, fmt.Errorf("protobuf: the line %q of a schema has not four words", line)
		}
		number, err := strconv.Atoi(words[1])
		if err != nil {
			return nil, fmt.Errorf("protobuf: the line %q of a schema: %w", line, err)
		}
		f := &Field{Number: number, Name: words[0] + "." + words[2]}
		var scalar bool
		if f.Kind, scalar = kinds[words[3]]; !scalar {
			f.Kind, f.Message = Submessage, s.message(words[3])
		}
		s.message(words[0]).fields[number] = f
	}
	return s, nil
}

func (s *Schema) message(name string) *Message {
	m, ok := s.messages[name]
	if !ok {
		m = &Message{Name: name, fields: map[int]*Field{}}
		s.messages[name] = m
	}
	return m
}
