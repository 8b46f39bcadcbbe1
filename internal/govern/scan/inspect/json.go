package inspect

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/pickle"
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
	keys, names, err := outline(v, s)
	if isLimit(err) {
		r := unfinished("json", s, err)
		r.Findings = names.found
		return r
	}
	var all []Reading
	if r, named := readNames(v, s, names); named {
		all = append(all, r)
	}
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

// readNames is the reading of a document that names code; named is false of others.
func readNames(v *visit, s *Source, names *outlined) (r Reading, named bool) {
	r = whole("json", s)
	r.Findings = names.found
	if names.tree {
		found, err := jsonTree(v, s)
		if isLimit(err) {
			r = unfinished("json", s, err)
			r.Findings = names.found
		}
		r.Findings = append(r.Findings, found...)
	}
	return r, len(r.Findings) > 0 || r.Status != pickle.Complete
}

// outlined is what names code in a document, as far as one key after the other tells.
type outlined struct {
	found []Finding
	tree  bool // it has a key of a document that is judged as a whole
}

// mostNames of one document are judged.
const mostNames = 1 << 12

// outline reads a document to its end and gives the keys of the outermost object,
// those before an error among them, and what keys name at any depth.
func outline(v *visit, s *Source) (map[string]bool, *outlined, error) {
	out := &outlined{}
	in, err := lettersOf(s)
	if err != nil {
		return nil, out, fmt.Errorf("%w: %w", err, jsonstream.ErrLimit)
	}
	r := jsonstream.NewReader(in, jsonstream.Limits{Depth: 1 << 10, Text: 256, Keys: 1 << 21})
	keys, naming, whole := map[string]bool{}, nameKeys(), treeKeys()
	key := ""
	for depth := 0; ; {
		t, err := r.Next()
		if err != nil || t.Kind == jsonstream.End {
			return keys, out, err
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
			key = ""
			if i := slices.Index(naming, string(t.Text)); i >= 0 {
				key = naming[i]
			}
			// The outermost object has them, or the objects of the outermost list; LangChain's
			// stand anywhere.
			i := slices.Index(whole, string(t.Text))
			out.tree = out.tree || i == 0 || i > 0 && depth <= 2
			continue
		case jsonstream.String:
			if key != "" && len(out.found) < mostNames {
				out.found = append(out.found, jsonName(v, s, key, string(t.Text), t.From)...)
			}
		}
		key = ""
	}
}
