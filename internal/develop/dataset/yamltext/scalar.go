package yamltext

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// The plain scalars that ruamel.yaml takes for something else than text, by the
// character with which they begin.
var (
	boolWord  = regexp.MustCompile(`^(?:true|True|TRUE|false|False|FALSE)$`)
	nullWord  = regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)
	floatWord = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	intWord   = regexp.MustCompile(`^(?:[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$`)
	timeWord  = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?)$`)
)

// kind is what a plain scalar is.
type kind uint8

const (
	text kind = iota
	null
	boolean
	whole
	real
	moment
	merge
	other // "=", "!", "&" and "*": never text without quotes
)

// resolve tells what a plain scalar is. As in ruamel.yaml the order of the
// questions decides: a float is asked for before an int.
func resolve(s string) kind {
	if s == "" {
		return null
	}
	number := s[0] >= '0' && s[0] <= '9' || s[0] == '+' || s[0] == '-'
	switch c := s[0]; {
	case strings.IndexByte("tTfF", c) >= 0 && boolWord.MatchString(s):
		return boolean
	case (number || c == '.') && floatWord.MatchString(s):
		return real
	case number && intWord.MatchString(s):
		return whole
	case s == "<<":
		return merge
	case strings.IndexByte("~nN", c) >= 0 && nullWord.MatchString(s):
		return null
	case c >= '0' && c <= '9' && timeWord.MatchString(s):
		return moment
	case s == "=", s == "!", s == "&", s == "*":
		return other
	}
	return text
}

// plain is the value of a scalar without quotes.
func plain(s string) (any, error) {
	switch resolve(s) {
	case null:
		return nil, nil
	case boolean:
		return s[0] == 't' || s[0] == 'T', nil
	case whole:
		return parseInt(s)
	case real:
		return parseFloat(s)
	case moment:
		return Time(s), nil
	case merge, other:
		return nil, fmt.Errorf("%q has a meaning of its own here: put it in quotes", s)
	default:
		return s, nil
	}
}

func parseInt(s string) (any, error) {
	digits := strings.ReplaceAll(s, "_", "")
	sign := ""
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		sign, digits = strings.TrimPrefix(digits[:1], "+"), digits[1:]
	}
	base := 10
	for prefix, b := range map[string]int{"0b": 2, "0o": 8, "0x": 16} {
		if rest, ok := strings.CutPrefix(digits, prefix); ok {
			base, digits = b, rest
		}
	}
	n, ok := new(big.Int).SetString(sign+digits, base)
	if !ok || digits == "" {
		return nil, fmt.Errorf("%.40q is no number", s)
	}
	return small(n), nil
}

// small is a number as int64 where it fits.
func small(n *big.Int) any {
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

func parseFloat(s string) (any, error) {
	digits := strings.ToLower(strings.ReplaceAll(s, "_", ""))
	switch strings.TrimLeft(digits, "+-") {
	case ".inf":
		if digits[0] == '-' {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	case ".nan":
		return math.NaN(), nil
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, fmt.Errorf("%.40q is no number", s)
	}
	return f, nil
}
