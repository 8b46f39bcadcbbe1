package search

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// values takes what the field is compared with.
func (p *parser) values(f filter.Field) ([]any, error) {
	t := p.now
	if t.kind == open {
		return p.listed(f)
	}
	if t.kind == end || t.kind == wrong || t.kind == shut || t.kind == comma || t.kind == semi || t.kind == compare {
		return nil, p.clause()
	}
	p.advance()
	var v any
	var err error
	switch {
	case f.Entity == Metric:
		v, err = asFloat(t, "Expected numeric value type for metric. Found %s")
	case f.Entity == Attribute && p.attributes[f.Key] != filter.Text:
		v, err = p.asNumber(f, t)
	case f.Entity == Param || f.Entity == Tag:
		v, err = p.asText(t, "Expected a quoted string value for "+f.Entity+" (e.g. 'my-value'). Got value %s")
	case f.Entity == Dataset:
		v, err = p.asText(t, "Expected a quoted string value for dataset attributes. Got value %s")
	default:
		if v, err = p.asText(t, "Expected a quoted string value for attributes. Got value %s"); err == nil {
			v, err = p.identify(f, v)
		}
	}
	if err != nil {
		return nil, err
	}
	return []any{v}, nil
}

func asFloat(t token, message string) (any, error) {
	v, err := strconv.ParseFloat(t.text, 64)
	if t.kind != number || err != nil {
		return nil, invalid(message, clip(t.text))
	}
	return v, nil
}

func (p *parser) asNumber(f filter.Field, t token) (any, error) {
	if t.kind == number {
		if n, err := strconv.ParseInt(t.text, 10, 64); err == nil {
			return n, nil
		}
		if v, err := strconv.ParseFloat(t.text, 64); err == nil {
			if p.whole {
				return nil, invalid("Invalid value for numeric attribute '%s': '%s'", f.Key, t.text)
			}
			return v, nil
		}
	}
	if v, err := quoted(t, ""); err == nil && p.digits {
		n, err := strconv.ParseInt(strings.TrimSpace(v.(string)), 10, 64)
		if err != nil {
			return nil, invalid("Invalid value for numeric attribute '%s': %s", f.Key, clip(t.text))
		}
		return n, nil
	}
	return nil, invalid("Expected numeric value type for numeric attribute: %s. Found %s", f.Key, clip(t.text))
}

// asText reads a text in quotes or, where the language takes such, a number or a
// word as it is written.
func (p *parser) asText(t token, message string) (any, error) {
	if v, err := quoted(t, message); err == nil || !p.bare {
		return v, err
	}
	if t.kind == number || t.kind == name && !t.is("AND") {
		return t.text, nil
	}
	return nil, invalid(message, clip(t.text))
}

func quoted(t token, message string) (any, error) {
	switch {
	case t.kind == text, t.kind == name && t.text[0] == '"' && t.text[len(t.text)-1] == '"':
		return t.text[1 : len(t.text)-1], nil
	case t.kind == name:
		return nil, invalid("Parameter value is either not quoted or unidentified quote types used for string value %s. Use either single or double quotes.", clip(t.text))
	}
	return nil, invalid(message, clip(t.text))
}

// identify makes the text of an id attribute the number it stands for.
func (p *Grammar) identify(f filter.Field, v any) (any, error) {
	if !slices.Contains(p.ids, f.Key) {
		return v, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(v.(string)), 10, 64)
	if err != nil {
		return nil, invalid("Invalid experiment ID '%s'. Experiment ID must be a valid integer.", clip(v.(string)))
	}
	return n, nil
}

// listed takes ('a', "b", …).
func (p *parser) listed(f filter.Field) ([]any, error) {
	if f.Entity == Metric || f.Entity == Attribute && p.attributes[f.Key] != filter.Text {
		return nil, invalid("Expected numeric value type for %s '%s'. Found a list", f.Entity, f.Key)
	}
	if (f.Entity == Param || f.Entity == Tag) && !slices.Contains(p.pairs, filter.In) {
		return nil, invalid("Expected a quoted string value for %s (e.g. 'my-value'). Got value %s", f.Entity, clip(p.text[p.now.at:]))
	}
	if !p.listable(f) || !slices.Contains(p.comparators(f), filter.In) {
		return nil, invalid("Only %s attributes support comparison with a list of quoted string values.", list(p.lists))
	}
	var all []any
	for p.advance(); p.now.kind != shut; {
		v, err := p.element(f)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
		if p.inList++; p.inList > MaxListValues {
			return nil, invalid("The lists in the filter have more than %d values.", MaxListValues)
		}
		if p.advance(); p.now.kind == comma {
			p.advance()
		} else if p.now.kind != shut {
			return nil, invalid("While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.")
		}
	}
	p.advance()
	if len(all) == 0 && !p.bare {
		return nil, invalid("While parsing a list in the query, expected a non-empty list of string values, but got empty list")
	}
	return all, nil
}

// element reads the token in hand as a value of a list: a text in quotes or, where
// the language takes such, a number.
func (p *parser) element(f filter.Field) (any, error) {
	if p.bare && p.now.kind == number {
		return p.identify(f, p.now.text)
	}
	v, err := quoted(p.now, "While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: %s")
	if err != nil {
		return nil, err
	}
	return p.identify(f, v)
}
