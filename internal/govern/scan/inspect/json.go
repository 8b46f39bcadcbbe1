package inspect

import (
	"bytes"
	"fmt"

	"github.com/tacit-ml/tacit/ml/jsonstream"
)

// jsonKind is a kind of document that is known by the keys of its outermost
// object, since keys are what its loader asks for.
type jsonKind struct {
	keys []string // one of them is enough
	read func(v *visit, s *Source) Reading
}

func jsonKinds() []jsonKind {
	return []jsonKind{
		{huggingFaceKeys(), readHuggingFace},
		{[]string{"__loader__"}, readSkops},
		{[]string{"learner"}, readXGBoostJSON},
	}
}

// looksJSON takes a source whose first letter opens an object, or a list of what may
// be too deep for its readers.
func looksJSON(s *Source) bool {
	head := s.Head[:min(len(s.Head), 512)]
	width, little, mark := jsonEncoding(head)
	if head = head[mark:]; width > 1 {
		head = narrowed(head, width, little)
	}
	head = bytes.TrimLeft(head, " \r\n\t")
	return bytes.HasPrefix(head, []byte("{")) || bytes.HasPrefix(head, []byte("["))
}

// readJSON reads a document as every kind that has its keys. One of no kind is
// left to those who read text, unless it is made to exhaust its readers.
func readJSON(v *visit, s *Source) Reading {
	keys, err := outline(s)
	if isLimit(err) {
		return unfinished("json", s, err)
	}
	var all []Reading
	for _, k := range jsonKinds() {
		for _, key := range k.keys {
			if keys[key] {
				all = append(all, k.read(v, s))
				break
			}
		}
	}
	if len(all) == 0 {
		return foreign()
	}
	out := all[0]
	for _, r := range all[1:] {
		out.Findings, out.Members = append(out.Findings, r.Findings...), append(out.Members, r.Members...)
		if r.Status > out.Status {
			out.Status, out.Reason = r.Status, r.Reason
		}
		out.Coverage = cover(s.Size, []Coverage{out.Coverage, r.Coverage})
	}
	return out
}

// outline reads a document to its end and gives the keys of the outermost object,
// those before an error among them.
func outline(s *Source) (map[string]bool, error) {
	in, err := lettersOf(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, jsonstream.ErrLimit)
	}
	r := jsonstream.NewReader(in, jsonstream.Limits{Depth: 1 << 10, Text: 256, Keys: 1 << 21})
	keys := map[string]bool{}
	for depth := 0; ; {
		t, err := r.Next()
		if err != nil || t.Kind == jsonstream.End {
			return keys, err
		}
		switch t.Kind {
		case jsonstream.Object, jsonstream.Array:
			depth++
		case jsonstream.EndObject, jsonstream.EndArray:
			depth--
		case jsonstream.Key:
			if depth == 1 && len(keys) < 1<<12 {
				keys[string(t.Text)] = true
			}
		}
	}
}
