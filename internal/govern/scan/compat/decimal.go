package compat

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// What int() and float() take of bytes, without the space around.
var (
	wholeNumber  = regexp.MustCompile(`^[+-]?[0-9]+(_[0-9]+)*$`)
	brokenNumber = regexp.MustCompile(`(?i)^[+-]?((([0-9]+(_[0-9]+)*)(\.([0-9]+(_[0-9]+)*)?)?|\.[0-9]+(_[0-9]+)*)(e[+-]?[0-9]+(_[0-9]+)*)?|inf|infinity|nan)$`)
)

// mostDigits is CPython's limit for a number in digits.
const mostDigits = 4300

const space = " \t\n\r\v\f"

// decimal reads a line with a whole number; a long one may end with an L, and
// else 00 and 01 are False and True.
func (s *stream) decimal(long bool) (value, error) {
	b, err := s.bareLine()
	if err != nil {
		return value{}, err
	}
	switch {
	case long && len(b) > 0 && b[len(b)-1] == 'L':
		b = b[:len(b)-1]
	case !long && string(b) == "00":
		return value{boolean, "False"}, nil
	case !long && string(b) == "01":
		return value{boolean, "True"}, nil
	}
	digits := strings.Trim(string(b), space)
	if !wholeNumber.MatchString(digits) {
		return value{}, notWhole(b)
	}
	digits = strings.ReplaceAll(digits, "_", "")
	if n := len(strings.TrimLeft(digits, "+-")); n > mostDigits {
		return value{}, raise(valueError, "Exceeds the limit (%d digits) for integer string conversion: value has %d digits; use sys.set_int_max_str_digits() to increase the limit", mostDigits, n)
	}
	v, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return value{}, notWhole(b)
	}
	return value{integer, v.String()}, nil
}

func (s *stream) decimalFloat() (value, error) {
	b, err := s.bareLine()
	if err != nil {
		return value{}, err
	}
	t := strings.Trim(string(b), space)
	if !brokenNumber.MatchString(t) {
		return value{}, raise(valueError, "could not convert string to float: %s", reprBytes(b))
	}
	f, _ := strconv.ParseFloat(strings.ReplaceAll(t, "_", ""), 64) // out of range is infinite there, too
	return value{float, reprFloat(f)}, nil
}

// notWhole is what int() raises; it shows at most 200 letters.
func notWhole(b []byte) error {
	shown := reprBytes(b)
	return raise(valueError, "invalid literal for int() with base 10: %s", shown[:min(len(shown), 200)])
}
