package jsonstream

import (
	"errors"
	"strconv"
)

// tens are the powers of ten that a float64 has exactly.
var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number reads JSON's numbers, and the three of Python's that JSON has not.
func number(w []byte) (v float64, integer, ok bool) {
	switch string(w) {
	case "NaN", "Infinity", "-Infinity":
		v, err := strconv.ParseFloat(string(w), 64)
		return v, false, err == nil
	}
	mantissa, exponent, digits, integer, ok := decimal(w)
	if !ok {
		return 0, false, false
	}
	// Both factors are exact, so that their product is rounded once, as the number
	// would be (W. Clinger, How to read floating point numbers accurately).
	if digits <= 15 && exponent >= -22 && exponent <= 22 {
		v = float64(mantissa)
		if exponent < 0 {
			v /= tens[-exponent]
		} else {
			v *= tens[exponent]
		}
		if w[0] == '-' {
			v = -v
		}
		return v, integer, true
	}
	v, err := strconv.ParseFloat(string(w), 64)
	if errors.Is(err, strconv.ErrRange) {
		err = nil // as Python: infinite, or nought
	}
	return v, integer, err == nil
}

// decimal takes a number apart: its digits as one integer, as far as there are at
// most 18, and the power of ten that it is multiplied by. It is lenient with
// noughts in front, as some writers are.
func decimal(w []byte) (mantissa uint64, exponent, digits int, integer, ok bool) {
	i := 0
	if w[0] == '-' {
		i++
	}
	integer = true
	count := func(scale int) (n int) {
		for ; i < len(w) && w[i] >= '0' && w[i] <= '9'; i++ {
			if digits < 18 {
				mantissa = mantissa*10 + uint64(w[i]-'0')
				exponent += scale
			}
			if mantissa > 0 {
				digits++
			}
			n++
		}
		return n
	}
	if count(0) == 0 {
		return 0, 0, 0, false, false
	}
	if i < len(w) && w[i] == '.' {
		i++
		integer = false
		count(-1)
	}
	if i < len(w) && (w[i] == 'e' || w[i] == 'E') {
		integer = false
		e, err := strconv.Atoi(string(w[i+1:]))
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return 0, 0, 0, false, false
		}
		exponent += max(min(e, 100_000), -100_000)
		i = len(w)
	}
	return mantissa, exponent, digits, integer, i == len(w)
}
