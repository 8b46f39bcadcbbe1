package inspect

import (
	"encoding/binary"
	"fmt"

	"github.com/tacit-ml/tacit/ml/arrow"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// What begins each message of a stream of Arrow: a mark and the size of its description
// (Arrow's IPC streaming format from 0.15 on).
const arrowMessage = "\xff\xff\xff\xff"

// streamMessage is the description of one of a stream, the bytes that follow it, and where
// the next one begins; nil is the end that a stream has, and of a file.
func streamMessage(s *Source, at int64) (description []byte, body arrow.Body, next int64, err error) {
	head := make([]byte, 8)
	if n, err := s.Bytes.ReadAt(head, at); n < len(head) {
		return nil, body, at, fmt.Errorf("a message at %d breaks off: %w", at, err)
	}
	size := int64(binary.LittleEndian.Uint32(head[4:]))
	switch {
	case string(head[:4]) != arrowMessage:
		return nil, body, at, fmt.Errorf("no message begins at %d", at)
	case size == 0:
		return nil, body, at + 8, nil
	case size > mostSchema || size > s.Size-at-8:
		return nil, body, at, fmt.Errorf("a description of %d bytes at %d does not lie in the file, or is longer than %d bytes", size, at, mostSchema)
	}
	description = make([]byte, size)
	if n, err := s.Bytes.ReadAt(description, at+8); int64(n) < size {
		return nil, body, at, err
	}
	if body, err = arrow.Message(description); err != nil {
		return nil, body, at, fmt.Errorf("the message at %d: %w", at, err)
	}
	if next = at + 8 + size; body.Size > s.Size-next {
		return nil, body, at, fmt.Errorf("the message at %d has %d bytes behind it, of which %d are there", at, body.Size, s.Size-next)
	}
	return description, body, next + body.Size, nil
}

func looksArrowStream(s *Source) bool {
	if !s.Starts(arrowMessage) {
		return false
	}
	description, body, _, err := streamMessage(s, 0)
	return err == nil && description != nil && body.Kind == arrow.Schema
}

// readArrowStream reads what the messages of a stream say of their columns; these are
// data.
func readArrowStream(v *visit, s *Source) Reading {
	out := Reading{Format: "arrow stream"}
	var parsed, raw []Range
	for at := int64(0); at < s.Size; {
		description, body, next, err := streamMessage(s, at)
		if err == nil {
			err = v.ctx.Err()
		}
		if err != nil {
			out.incomplete(pickle.Inconclusive, err.Error())
			break
		}
		if description == nil { // what stands behind the end is another stream, or not understood
			parsed = append(parsed, Range{From: at, To: next})
			if at = next; at < s.Size && !startsMessage(s, at) {
				break
			}
			continue
		}
		v.arrowSchema(&out, s, description, at+8)
		parsed = append(parsed, Range{From: at, To: next - body.Size})
		raw = append(raw, Range{From: next - body.Size, To: next})
		at = next
	}
	out.Coverage = cover(s.Size, []Coverage{{Parsed: parsed, Raw: raw}})
	return out
}

func startsMessage(s *Source, at int64) bool {
	mark := make([]byte, len(arrowMessage))
	n, _ := s.Bytes.ReadAt(mark, at)
	return n == len(mark) && string(mark) == arrowMessage
}
