package chart

import "math"

// span is the least and the greatest of some numbers; empty until one is seen.
type span struct {
	lo, hi float64
	seen   bool
}

func (s *span) take(v float64) {
	if !isNumber(v) {
		return
	}
	if !s.seen {
		*s = span{v, v, true}
		return
	}
	s.lo, s.hi = min(s.lo, v), max(s.hi, v)
}

// share is where v lies between lo, 0, and hi, 1; the middle of what has no width.
func (s *span) share(v float64) float64 {
	if wide := s.hi/2 - s.lo/2; wide > 0 { // halves, whose difference is finite
		return (v/2 - s.lo/2) / wide
	}
	return 0.5
}

// ticks are round numbers at equal steps that enclose lo and hi: three to six
// of them, and their step.
func ticks(lo, hi float64) (at []float64, step float64) {
	// A range of a few steps of float64 is no range: its ticks would all be one.
	if hi-lo <= 1e-12*max(math.Abs(lo), math.Abs(hi)) {
		pad := math.Abs(lo) * 0.1
		if pad == 0 {
			pad = 1
		}
		lo, hi = lo-pad, hi+pad
	}
	step = round125((hi - lo) / 3)
	first := math.Floor(lo/step+1e-9) * step
	for v := first; ; v += step {
		at = append(at, clean(v, step))
		if v >= hi-step*1e-9 || len(at) > 8 {
			return at, step
		}
	}
}

// logTicks are round numbers that enclose lo and hi, both at least leastLogged:
// at most eight. Within a factor of two they stand at equal steps, else they are 1, 2 and
// 5 times powers of ten, or powers of ten alone where those are many.
func logTicks(lo, hi float64) []float64 {
	if hi < lo*2 && hi > lo*(1+1e-12) {
		if at, _ := ticks(lo, hi); at[0] > 0 {
			return at
		}
	}
	const most = 7
	low, high := int(math.Floor(math.Log10(lo)))-1, int(math.Ceil(math.Log10(hi)))+1
	if fine := enclosing(powers(low, high, 1, 2, 5), lo, hi); len(fine) <= most {
		return fine
	}
	decades := enclosing(powers(low, high, 1), lo, hi)
	every := (len(decades) + most - 3) / (most - 1)
	at := decades[:0:0]
	for i := 0; i < len(decades)-1+every; i += every {
		v := min(decades[0]*math.Pow10(i), math.MaxFloat64)
		if at = append(at, v); v == math.MaxFloat64 {
			break
		}
	}
	return at
}

// powers are each of the mantissas times each power of ten from low to high.
func powers(low, high int, mantissas ...float64) (all []float64) {
	for e := low; e <= high; e++ {
		for _, m := range mantissas {
			if v := m * math.Pow10(e); v > 0 && !math.IsInf(v, 0) {
				all = append(all, v)
			}
		}
	}
	return all
}

// enclosing cuts off of ordered numbers what is not needed to enclose lo and hi.
func enclosing(all []float64, lo, hi float64) []float64 {
	const noise = 1e-9
	from, to := 0, len(all)-1
	for from+1 < len(all) && all[from+1] <= lo*(1+noise) {
		from++
	}
	for to > from+1 && all[to-1] >= hi*(1-noise) {
		to--
	}
	return all[from : to+1]
}

// inside are the round numbers between lo and hi, about n of them.
func inside(lo, hi float64, n int, whole bool) (at []float64, step float64) {
	if hi-lo <= 1e-12*max(math.Abs(lo), math.Abs(hi)) {
		return []float64{lo}, 1
	}
	step = round125((hi - lo) / float64(n+1))
	if whole {
		step = max(math.Ceil(step), 1)
	}
	for v := math.Ceil(lo/step-1e-9) * step; v <= hi+step*1e-9; v += step {
		at = append(at, clean(v, step))
	}
	return at, step
}

// round125 is the next of 1, 2, 2.5 and 5 times a power of ten.
func round125(v float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if v <= base*m*1.0000001 {
			return base * m
		}
	}
	return base * 10
}

// clean takes the noise of repeated addition away.
func clean(v, step float64) float64 { return math.Round(v/step) * step }
