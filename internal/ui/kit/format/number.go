package format

import (
	"math"
	"strconv"
	"strings"
)

const (
	significant = 4
	smallest    = 1e-4 // below it a metric is written with an exponent
	largest     = 1e15 // from it on, too
	mostDigits  = 9    // decimals that a column has at most
)

// Metric writes a value with four significant digits; a whole number in full.
func Metric(v float64) string { return Column([]float64{v})(v) }

// Column gives the writer of a column that holds these values: equally many
// decimals for all, so that the largest has four significant digits. A value
// too small to show with them is written with an exponent.
func Column(values []float64) func(float64) string {
	decimals := Decimals(values)
	return func(v float64) string { return fixed(v, decimals) }
}

// Decimals is how many decimals Column gives the values.
func Decimals(values []float64) int {
	top, whole := 0.0, true
	for _, v := range values {
		if !finite(v) || math.Abs(v) >= largest {
			continue
		}
		whole = whole && v == math.Trunc(v)
		top = max(top, math.Abs(v))
	}
	if whole {
		return 0
	}
	return min(max(significant-1-exponent(top), 0), mostDigits)
}

// exponent is the power of ten of the first digit of v once it is rounded to
// four significant digits: of 9.99996 it is 1.
func exponent(v float64) int {
	if v == 0 {
		return 0
	}
	s := strconv.FormatFloat(v, 'e', significant-1, 64)
	_, e, _ := strings.Cut(s, "e")
	n, _ := strconv.Atoi(e)
	return n
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func fixed(v float64, decimals int) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0) || a == math.MaxFloat64:
		return sign(v) + "∞"
	case v == 0:
		return strconv.FormatFloat(0, 'f', decimals, 64)
	case a >= largest, a < smallest, a < math.Pow10(-decimals)*10 && decimals > 0:
		return scientific(v)
	default:
		return sign(v) + group(strconv.FormatFloat(a, 'f', decimals, 64))
	}
}

func sign(v float64) string {
	if v < 0 {
		return minus
	}
	return ""
}

func scientific(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'e', significant-1, 64)
	return sign(v) + strings.Replace(s, "e-", "e"+minus, 1)
}

// Exact writes all digits of a value, for titles and exports.
func Exact(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Axis writes the ticks of an axis: as many decimals as the step between them
// needs, and thousands in short.
func Axis(v, step float64) string {
	if v == 0 || math.Abs(v) < math.Abs(step)/1e6 {
		return "0"
	}
	if a := math.Abs(v); (a >= 1e6 || a < 1e-3) && math.Abs(step) < a*10 {
		if a >= 1e6 && a < 1e15 {
			return sign(v) + short(a, step)
		}
		if a < 1e-3 || a >= 1e15 {
			s := strconv.FormatFloat(a, 'e', max(0, exponent(a)-exponent(step)), 64)
			return sign(v) + strings.Replace(s, "e-", "e"+minus, 1)
		}
	}
	return sign(v) + group(strconv.FormatFloat(math.Abs(v), 'f', stepDecimals(step), 64))
}

func stepDecimals(step float64) int {
	for d := range mostDigits {
		scaled := step * math.Pow10(d)
		if math.Abs(scaled-math.Round(scaled)) < 1e-6 {
			return d
		}
	}
	return mostDigits
}

func short(a, step float64) string {
	for _, u := range units[:len(units)-1] {
		if a >= u.size {
			return strconv.FormatFloat(a/u.size, 'f', min(stepDecimals(step/u.size), 3), 64) + nb + u.name
		}
	}
	return group(strconv.FormatFloat(a, 'f', 0, 64))
}

// Change writes a difference with its sign, always.
func Change(v float64, decimals int) string {
	if !finite(v) {
		return None
	}
	s := group(strconv.FormatFloat(math.Abs(v), 'f', decimals, 64))
	switch {
	case strings.Trim(s, "0.,") == "":
		return s
	case v < 0:
		return minus + s
	default:
		return "+" + s
	}
}

// Count writes a whole number exactly, digits grouped.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n < 0 {
		return minus + group(s[1:])
	}
	return group(s)
}

var units = [...]struct {
	size float64
	name string
}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}}

// Short writes a count for a badge: 18.2 k.
func Short(n int64) string {
	a := math.Abs(float64(n))
	if a < 1000 {
		return Count(n)
	}
	for _, u := range units {
		if a >= u.size*0.9995 {
			return sign(float64(n)) + three(a/u.size) + nb + u.name
		}
	}
	return Count(n)
}

// three writes at most three digits, no zero after the point.
func three(v float64) string {
	if v >= 99.95 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// Bytes writes a size in powers of 1000 with at most three digits.
func Bytes(n int64) string {
	a := float64(n)
	if n < 1000 {
		return Count(n) + nb + "B"
	}
	for _, u := range units[:len(units)-1] {
		if a >= u.size*0.9995 {
			return three(a/u.size) + nb + strings.ToUpper(u.name) + "B"
		}
	}
	return Count(n) + nb + "B"
}

// Share writes a part of one as percent, two digits.
func Share(p float64) string {
	if !finite(p) {
		return None
	}
	percent := p * 100
	digits := 0
	if a := math.Abs(percent); a > 0 && a < 9.95 {
		digits = 1
	}
	return sign(p) + strings.TrimSuffix(strconv.FormatFloat(math.Abs(percent), 'f', digits, 64), ".0") + nb + "%"
}

// PValue writes a probability with two digits; very small ones as such.
func PValue(p float64) string {
	switch {
	case !finite(p):
		return None
	case p < 0.001:
		return "<" + nb + "0.001"
	case p < 0.01:
		return strconv.FormatFloat(p, 'f', 3, 64)
	}
	return strconv.FormatFloat(p, 'f', 2, 64)
}

// group puts a comma between thousands.
func group(s string) string {
	whole, fraction, point := strings.Cut(s, ".")
	if len(whole) <= 3 {
		return s
	}
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if point {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}
