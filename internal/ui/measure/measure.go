// Package measure reads the names of metrics: on which data one was measured,
// and which of many a reader looks for first.
//
// Words. A role is the data: training, validation, test. Better is the way a
// measure improves. Names are free text, so this is a reading of habits
// (train-logloss, valid_auc, eval/loss), never a rule: what it does not know
// keeps its name, has no better, and stands behind.
package measure

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Role says on which data a metric was measured.
type Role uint8

// The roles.
const (
	Other Role = iota
	Training
	Validation
	Testing
)

// prefix finds the word for the data at the start of a metric's name:
// train-logloss, valid_auc, validation_0-logloss, eval/loss.
var prefix = regexp.MustCompile(`^(?i)(training|train|validation_\d+|validation|valid|val|test|evaluation|eval)[-_/.](.+)$`)

// quality finds the words of measures that say how good a model is.
var quality = regexp.MustCompile(`(?i)(auc|accuracy|f1|precision|recall|loss|rmse|mae|mse|mape|r2|brier|score|error|calibration)`)

// better finds which way a measure improves: what is lost, missed or waited for
// is better when it is less. What neither finds has no direction.
var (
	lower  = regexp.MustCompile(`(?i)(loss|rmse|mae|mse|mape|brier|error|perplexity|latency|duration|seconds)`)
	higher = regexp.MustCompile(`(?i)(auc|accuracy|(^|[-_/. ])acc($|[-_/. ])|f1|precision|recall|r2|(^|[-_/. ])score($|[-_/. ])|ndcg|bleu|rouge)`)
)

// Better is 1 for a measure that is better when it is greater, -1 for one that
// is better when it is less, 0 when its name does not tell.
func Better(key string) int {
	switch {
	case System(key):
		return 0
	case lower.MatchString(key):
		return -1
	case higher.MatchString(key):
		return 1
	}
	return 0
}

// Split takes a metric's name apart into role and measure.
func Split(key string) (Role, string) {
	m := prefix.FindStringSubmatch(key)
	if m == nil {
		return Other, key
	}
	switch word := strings.ToLower(m[1]); {
	case strings.HasPrefix(word, "train"):
		return Training, m[2]
	case strings.HasPrefix(word, "val"):
		return Validation, m[2]
	}
	return Testing, m[2]
}

// System reports whether a metric is about the machine.
func System(key string) bool { return strings.HasPrefix(key, "system/") }

// rank is lower for what a reader looks for first: quality on data that was
// not trained on, other quality, quality on training data, anything else, the
// machine.
func rank(key string) int {
	role, _ := Split(key)
	switch good := quality.MatchString(key); {
	case System(key):
		return 4
	case good && role != Training && role != Other:
		return 0
	case good && role == Other:
		return 1
	case good:
		return 2
	}
	return 3
}

// Compare orders the names of metrics, those that a reader looks for first
// before others, then by name.
func Compare(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) }

// Sort orders names of metrics by Compare.
func Sort(keys []string) { slices.SortFunc(keys, Compare) }
