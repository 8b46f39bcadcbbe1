package tree

import (
	"fmt"
	"math"
	"slices"
)

// Data is a table of columns; NaN is a missing value.
type Data struct {
	Names   []string
	Columns [][]float32 // all of one length
}

// Rows is the number of rows.
func (d *Data) Rows() int {
	if len(d.Columns) == 0 {
		return 0
	}
	return len(d.Columns[0])
}

// Row copies row i into dst, which has one place a column.
func (d *Data) Row(i int, dst []float32) {
	for j, c := range d.Columns {
		dst[j] = c[i]
	}
}

func (d *Data) check() error {
	if len(d.Names) != len(d.Columns) || len(d.Columns) == 0 {
		return fmt.Errorf("tree: %d names for %d columns", len(d.Names), len(d.Columns))
	}
	for j, c := range d.Columns {
		if len(c) != len(d.Columns[0]) {
			return fmt.Errorf("tree: column %s has %d rows, %s has %d", d.Names[j], len(c), d.Names[0], len(d.Columns[0]))
		}
	}
	return nil
}

// bins is a table with every value replaced by the number of its bin. Bin 0
// holds the missing values; value v is in bin k+1 when cuts[k-1] <= v < cuts[k].
type bins struct {
	cuts  [][]float32 // thresholds of each column, rising; the last is above every value
	codes [][]uint16  // bin of each value, by column
}

// binned cuts every column at quantiles of its values into at most most bins.
func binned(d *Data, most int) *bins {
	b := &bins{cuts: make([][]float32, len(d.Columns)), codes: make([][]uint16, len(d.Columns))}
	parallel(len(d.Columns), func(j int) {
		b.cuts[j] = quantileCuts(d.Columns[j], most)
		b.codes[j] = code(d.Columns[j], b.cuts[j])
	})
	return b
}

// quantileCuts gives thresholds that are values of the column, at most most of
// them, with equal shares of the rows between them as far as ties allow.
func quantileCuts(column []float32, most int) []float32 {
	sorted := make([]float32, 0, len(column))
	for _, v := range column {
		if v == v {
			sorted = append(sorted, v)
		}
	}
	if len(sorted) == 0 {
		return nil
	}
	slices.Sort(sorted)
	var cuts []float32
	if distinct := slices.Compact(slices.Clone(sorted)); len(distinct) <= most {
		cuts = distinct[1:]
	} else {
		for k := 1; k < most; k++ {
			v := sorted[k*len(sorted)/most]
			if v > sorted[0] && (len(cuts) == 0 || v > cuts[len(cuts)-1]) {
				cuts = append(cuts, v)
			}
		}
	}
	return append(cuts, math.Nextafter32(sorted[len(sorted)-1], float32(math.Inf(1))))
}

func code(column, cuts []float32) []uint16 {
	codes := make([]uint16, len(column))
	for i, v := range column {
		if v != v {
			continue
		}
		k, found := slices.BinarySearch(cuts, v)
		if found {
			k++
		}
		codes[i] = uint16(min(k, len(cuts)-1) + 1)
	}
	return codes
}
