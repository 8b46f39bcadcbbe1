//go:build linux

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// printTable prints the server that does not hash above the one that does.
func printTable(w io.Writer, way string, size int64, all [2][]took) error {
	_, err := fmt.Fprintf(w, "\n%s, %d MiB, medians of %d uploads by MLflow's client\n", way, size>>20, len(all[0]))
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "\twall s\tMB/s\tserver's CPU s\t")
	var walls [2]time.Duration
	for i, name := range []string{"not hashed", "hashed"} {
		walls[i] = median(all[i], func(t took) time.Duration { return t.wall })
		cpu := median(all[i], func(t took) time.Duration { return t.cpu })
		_, _ = fmt.Fprintf(t, "%s\t%.2f\t%.0f\t%.2f\t\n", name, walls[i].Seconds(), float64(size)/1e6/walls[i].Seconds(), cpu.Seconds())
	}
	err = errors.Join(err, t.Flush())
	ratios := make([]float64, len(all[0]))
	for i := range ratios {
		ratios[i] = all[1][i].wall.Seconds() / all[0][i].wall.Seconds()
	}
	slices.Sort(ratios)
	_, more := fmt.Fprintf(w, "hashed takes %.3f of the time (of pairs: median %.3f, middle half %.3f to %.3f)\n", walls[1].Seconds()/walls[0].Seconds(),
		ratios[len(ratios)/2], ratios[len(ratios)/4], ratios[len(ratios)-1-len(ratios)/4])
	return errors.Join(err, more)
}

// median is that of one thing that uploads took.
func median[T cmp.Ordered](all []took, of func(took) T) T {
	values := make([]T, len(all))
	for i, t := range all {
		values[i] = of(t)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
