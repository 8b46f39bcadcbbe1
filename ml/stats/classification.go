// Package stats is the mathematics of judging models and data: how well
// probabilities rank and fit.
//
// It is pure: slices in, numbers out, in a fixed order of operations.
package stats

import (
	"math"
	"slices"
)

// AUC is the area under the ROC curve by ranks (Mann and Whitney 1947): the
// probability that a random positive gets a higher score than a random
// negative, ties counting half. It is NaN when one class is absent.
func AUC(labels, scores []float32) float64 {
	order := ranked(scores)
	positives, rankSum := 0.0, 0.0
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && scores[order[j]] == scores[order[i]] {
			j++
		}
		rank := float64(i+j+1) / 2 // the mean of ranks i+1 to j
		for _, k := range order[i:j] {
			if labels[k] > 0.5 {
				positives++
				rankSum += rank
			}
		}
		i = j
	}
	negatives := float64(len(labels)) - positives
	if positives == 0 || negatives == 0 {
		return math.NaN()
	}
	return (rankSum - positives*(positives+1)/2) / (positives * negatives)
}

// LogLoss is the mean negative log likelihood of the labels; probabilities are
// kept 1e-7 from 0 and 1, the spacing of float32 there.
func LogLoss(labels, probabilities []float32) float64 {
	const edge = 1e-7
	total := 0.0
	for i, p := range probabilities {
		q := min(max(float64(p), edge), 1-edge)
		if labels[i] > 0.5 {
			total -= math.Log(q)
		} else {
			total -= math.Log(1 - q)
		}
	}
	return total / float64(len(labels))
}

// ROCPoint is one point of a ROC curve.
type ROCPoint struct{ FalsePositive, TruePositive, Threshold float64 }

// ROC is the curve from (0, 0) to (1, 1), one point for each distinct score.
func ROC(labels, scores []float32) []ROCPoint {
	order := ranked(scores)
	positives := 0.0
	for _, y := range labels {
		if y > 0.5 {
			positives++
		}
	}
	negatives := float64(len(labels)) - positives
	curve := []ROCPoint{{0, 0, math.Inf(1)}}
	tp, fp := 0.0, 0.0
	for i := len(order) - 1; i >= 0; {
		s := scores[order[i]]
		for i >= 0 && scores[order[i]] == s {
			if labels[order[i]] > 0.5 {
				tp++
			} else {
				fp++
			}
			i--
		}
		curve = append(curve, ROCPoint{fp / negatives, tp / positives, float64(s)})
	}
	return curve
}

// ranked is the indexes of scores, lowest score first.
func ranked(scores []float32) []int32 {
	order := make([]int32, len(scores))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return 0
	})
	return order
}
