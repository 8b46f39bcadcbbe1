// Package format writes numbers, sizes, durations and times as pages show them.
//
// Words. A count is exact and its digits are grouped. A metric has four
// significant digits, and all values of one column have equally many decimals.
// A dash means that nothing was measured, NaN that what was measured is no
// number. Units stand after a no-break space; the minus is U+2212. What is
// rounded here is shown in full in a title or an export.
//
// It is pure: no clock and no locale but what it is given.
package format

// The marks of absence and sign.
const (
	None  = "–"      // not measured
	minus = "\u2212" // of equal width with plus
	nb    = "\u00a0" // between a number and its unit
)
