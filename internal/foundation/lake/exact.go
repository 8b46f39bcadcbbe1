package lake

import (
	"math/big"
	"strings"
)

// Quote makes a name of SQL of a column's name.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal makes a text of SQL of any text.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// exact is the whole number of a vector's first row.
func exact(v *Vector) *big.Int {
	n := new(big.Int)
	switch {
	case v.Null(0):
	case v.Kind == Int:
		n.SetInt64(v.Ints[0])
	default:
		n.SetString(v.Texts[0], 10)
	}
	return n
}

func ratio(s *big.Int, n float64) float64 {
	r, _ := new(big.Rat).SetFrac(s, big.NewInt(int64(n))).Float64()
	return r
}

// variance of the sample, of the exact sums of n values and of their squares.
func variance(s, squares *big.Int, n float64) float64 {
	count := big.NewInt(int64(n))
	top := new(big.Int).Mul(squares, count)
	top.Sub(top, new(big.Int).Mul(s, s))
	below := new(big.Int).Mul(count, big.NewInt(int64(n)-1))
	r, _ := new(big.Rat).SetFrac(top, below).Float64()
	return r
}
