package search

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// Limits of a filter.
const (
	MaxLength      = 1 << 20 // bytes of a filter or an order
	MaxComparisons = 200
	MaxListValues  = 10_000 // in all lists of a filter
)

// datasetKeys are the keys of the entity dataset.
var datasetKeys = []string{"name", "digest", "context"}

// Filter parses a filter string; "" holds for everything. One of blanks alone is
// a mistake, as it is to MLflow's server.
func (g *Grammar) Filter(s string) (filter.Node, error) {
	if len(s) > MaxLength {
		return nil, invalid("The filter has %d bytes, at most %d are read.", len(s), MaxLength)
	}
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return nil, invalid("The filter holds the character NUL or is not UTF-8.")
	}
	if s != "" && strings.TrimSpace(s) == "" {
		return nil, invalid("Invalid filter '%s'. Could not be parsed.", clip(s))
	}
	p := &parser{Grammar: g, lexer: lexer{text: s}}
	p.advance()
	var all filter.And
	for p.skipAnd(); p.now.kind != end; p.skipAnd() {
		c, err := p.comparison()
		if err != nil {
			return nil, err
		}
		if all = append(all, c); len(all) > MaxComparisons {
			return nil, invalid("The filter has more than %d comparisons.", MaxComparisons)
		}
	}
	return all, nil
}

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// parser holds the token in hand.
type parser struct {
	*Grammar
	lexer
	now    token
	inList int // values of lists so far
}

func (p *parser) advance() { p.now = p.next() }

// skipAnd moves past AND. MLflow's server asks for none between comparisons
// and minds none at the ends, so that filters which were put together
// carelessly work there and here.
func (p *parser) skipAnd() {
	for p.now.is("AND") {
		p.advance()
	}
}

// clause says that the token in hand does not belong where it is.
func (p *parser) clause() error {
	return invalid("Invalid clause(s) in filter string: '%s'", clip(p.now.text))
}

func clip(s string) string {
	if len(s) <= 200 {
		return s
	}
	return strings.ToValidUTF8(s[:200], "") + "…"
}

// left takes the token that a comparison begins with.
func (p *parser) left() (token, error) {
	t := p.now
	if t.kind != name && t.kind != number && t.kind != text && t.kind != semi {
		return t, p.clause()
	}
	p.advance()
	switch {
	case t.kind == name:
		return t, nil
	case t.kind == semi && p.now.kind != end:
		return t, invalid("Search filter contained multiple expression '%s'. Provide AND-ed expression list.", clip(p.text))
	case t.kind != semi && p.now.kind == compare:
		return t, invalid("Invalid comparison clause. Expected 'Identifier' found '%s'", clip(t.text))
	}
	return t, invalid("Invalid clause(s) in filter string: '%s'", clip(t.text))
}

func (p *parser) comparison() (filter.Compare, error) {
	var c filter.Compare
	left, err := p.left()
	if err != nil {
		return c, err
	}
	between := p.now
	op, written, err := p.comparator(left)
	if err != nil {
		return c, err
	}
	if p.now.kind == end && between.kind == compare {
		return c, invalid("Invalid clause(s) in filter string: '%s', '%s'", clip(left.text), between.text)
	}
	field, err := p.field(left.text)
	if err != nil {
		return c, err
	}
	c = filter.Compare{Field: field, Op: op}
	if op == filter.IsNull || op == filter.NotNull {
		return c, p.presence(field)
	}
	if written == "" {
		if c.Values, err = p.values(field); err != nil {
			return c, err
		}
	}
	if written != "" || !slices.Contains(p.comparators(field), op) {
		if written == "" {
			written = op.String()
		}
		return c, invalid("Invalid comparator '%s' not one of '%s'", written, ops(p.comparators(field)))
	}
	return c, nil
}

func ops(all []filter.Op) string {
	quoted := make([]string, len(all))
	for i, o := range all {
		quoted[i] = "'" + o.String() + "'"
	}
	return "{" + strings.Join(quoted, ", ") + "}"
}

// presence checks that IS NULL and IS NOT NULL may be asked of the field.
func (p *parser) presence(f filter.Field) error {
	if (f.Entity == Tag || f.Entity == Param) && slices.Contains(p.pairs, filter.IsNull) {
		return nil
	}
	if p.absent != "" {
		return invalid("IS NULL / IS NOT NULL is not supported for %s.", p.absent)
	}
	if _, ok := p.entities["params"]; !ok {
		return invalid("IS NULL / IS NOT NULL is only supported for tags, not for %s '%s'", f.Entity, f.Key)
	}
	return invalid("IS NULL / IS NOT NULL is only supported for tags and params, not for '%s' '%s'", f.Entity, f.Key)
}

// comparator takes the operator. An operator that nothing takes comes back as
// it was written.
func (p *parser) comparator(left token) (op filter.Op, written string, err error) {
	t := p.now
	p.advance()
	switch {
	case t.kind == compare:
		switch t.text {
		case "=":
			return filter.Eq, "", nil
		case "!=":
			return filter.Ne, "", nil
		case "<":
			return filter.Lt, "", nil
		case "<=":
			return filter.Le, "", nil
		case ">":
			return filter.Gt, "", nil
		case ">=":
			return filter.Ge, "", nil
		}
		return 0, t.text, nil
	case t.is("LIKE"):
		return filter.Like, "", nil
	case t.is("ILIKE"):
		return filter.ILike, "", nil
	case t.is("RLIKE"):
		return 0, "RLIKE", nil
	case t.is("IN") && p.now.kind == open:
		return filter.In, "", nil
	case t.is("NOT"):
		return p.negated(left)
	case t.is("IS"):
		return p.isNull(left)
	}
	return 0, "", invalid("Invalid clause(s) in filter string: '%s'", clip(left.text))
}

func (p *parser) negated(left token) (filter.Op, string, error) {
	t := p.now
	p.advance()
	if t.is("IN") && p.now.kind == open {
		return filter.NotIn, "", nil
	}
	if t.is("LIKE") || t.is("ILIKE") || t.is("RLIKE") {
		return 0, "NOT " + strings.ToUpper(t.text), nil
	}
	return 0, "", invalid("Invalid clause(s) in filter string: '%s NOT %s'", clip(left.text), clip(t.text))
}

func (p *parser) isNull(left token) (filter.Op, string, error) {
	op := filter.IsNull
	if p.now.is("NOT") {
		op = filter.NotNull
		p.advance()
	}
	if !p.now.is("NULL") {
		return 0, "", invalid("Invalid clause(s) in filter string: '%s IS %s'", clip(left.text), clip(p.now.text))
	}
	p.advance()
	return op, "", nil
}

// field reads an identifier.
func (p *Grammar) field(s string) (filter.Field, error) {
	entity, key, dotted := strings.Cut(s, ".")
	if s[0] == '`' || s[0] == '"' {
		if quoted := unquote(s); !strings.Contains(quoted, s[:1]) && len(quoted) == len(s)-2 {
			entity, key, dotted = quoted, "", false
		}
	}
	if !dotted {
		entity, key = Attribute, entity
	} else {
		spelled := strings.Trim(entity, "`")
		var known bool
		if entity, known = p.entities[spelled]; !known {
			return filter.Field{}, invalid("Invalid entity type '%s'. %s", clip(spelled), p.names)
		}
	}
	key = unquote(key)
	if entity == Attribute {
		if name, ok := p.aliases[key]; ok {
			key = name
		}
		if _, ok := p.attributes[key]; !ok {
			valid := slices.Sorted(maps.Keys(p.attributes))
			return filter.Field{}, invalid("Invalid attribute key '%s' specified. Valid keys are '%s'", clip(key), list(valid))
		}
	}
	if entity == Dataset && !slices.Contains(datasetKeys, key) {
		return filter.Field{}, invalid("Invalid dataset key '%s' specified. Valid keys are '%s'", clip(key), list(datasetKeys))
	}
	return filter.Field{Entity: entity, Key: key}, nil
}

func list(keys []string) string {
	return "['" + strings.Join(keys, "', '") + "']"
}

// unquote takes one pair of quotes or backticks off.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == s[len(s)-1] && (s[0] == '"' || s[0] == '\'' || s[0] == '`') {
		return s[1 : len(s)-1]
	}
	return s
}
