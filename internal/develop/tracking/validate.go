package tracking

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
)

// Limits, in characters unless said otherwise.
const (
	MaxKey             = 250
	MaxParamValue      = 6000 // longer values are cut
	MaxTagValue        = 8000 // longer values are cut
	MaxExperimentName  = 500
	MaxExperimentTag   = 20_000
	MaxLocation        = 2048 // characters of an artifact location
	MaxBatchMetrics    = 1000
	MaxBatchParams     = 100
	MaxBatchTags       = 100
	MaxBatch           = 1000
	MaxRunTags         = 1000 // that a run is created with
	MaxBatchDatasets   = 1000
	MaxDatasetName     = 500
	MaxDatasetDigest   = 36
	MaxDatasetSource   = 65_535
	MaxDatasetSchema   = 1_048_575
	MaxDatasetProfile  = 16_777_215
	MaxInputTagKey     = 255
	MaxInputTagValue   = 500
	maxRunName         = MaxTagValue
	maxUser            = 256
	maxExperimentIDLen = 64
)

const runNameTag = "mlflow.runName"

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// cut shortens value to limit characters.
func cut(value string, limit int) string {
	if len(value) <= limit {
		return value
	}
	n := 0
	for i := range value {
		if n == limit {
			return value[:i]
		}
		n++
	}
	return value
}

func under(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func checkParam(p *Param, at string) error {
	if err := label.Key(p.Key, under(at, "key")); err != nil {
		return err
	}
	if err := label.Length("Param key", p.Key, MaxKey); err != nil {
		return err
	}
	p.Value = cut(p.Value, MaxParamValue)
	return label.Stored(under(at, "value"), p.Value)
}

func checkTag(t *Tag, at string) error {
	if err := label.Key(t.Key, under(at, "key")); err != nil {
		return err
	}
	if err := label.Length(under(at, "key"), t.Key, MaxKey); err != nil {
		return err
	}
	t.Value = cut(t.Value, MaxTagValue)
	return label.Stored(under(at, "value"), t.Value)
}

func checkExperimentTag(t Tag) error {
	if err := label.Key(t.Key, "key"); err != nil {
		return err
	}
	if err := label.Length("key", t.Key, MaxKey); err != nil {
		return err
	}
	if err := label.Length("value", t.Value, MaxExperimentTag); err != nil {
		return err
	}
	return label.Stored("value", t.Value)
}

func checkExperimentName(name string) error {
	if strings.TrimSpace(name) == "" {
		return invalid("Invalid experiment name: '%s'", name)
	}
	if err := label.Length("name", name, MaxExperimentName); err != nil {
		return err
	}
	return label.Stored("name", name)
}

func checkMetric(m *Metric, at string) error {
	if err := label.Key(m.Key, under(at, "name")); err != nil {
		return err
	}
	if m.Timestamp < 0 {
		return invalid("Invalid value %d for parameter '%s' supplied: metric '%s' (value=%s). Timestamp must be a nonnegative long (64-bit integer) ",
			m.Timestamp, under(at, "timestamp"), m.Key, pythonFloat(m.Value))
	}
	return label.Length("Metric name", m.Key, MaxKey)
}

func pythonFloat(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(s, ".eIN") {
		s += ".0"
	}
	return s
}

// checkRunID checks the form of a run's id: a letter or digit, then up to 255
// letters, digits, _ and -.
func checkRunID(id string) error {
	ok := len(id) > 0 && utf8.RuneCountInString(id) <= 256
	for i, r := range id {
		word := unicode.IsLetter(r) || unicode.IsNumber(r)
		if i == 0 {
			word = r < utf8.RuneSelf && word
		}
		ok = ok && (word || i > 0 && (r == '_' || r == '-'))
	}
	if !ok {
		return invalid("Invalid value %s for parameter 'run_id' supplied.", label.Quoted(id))
	}
	return nil
}

// experimentID reads an experiment's id.
func experimentID(id string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(id), 10, 64)
	if err != nil || len(id) > maxExperimentIDLen {
		return 0, invalid("Invalid experiment ID '%s'. Experiment ID must be a valid integer.", cut(id, 200))
	}
	return n, nil
}

func experimentText(id int64) string { return strconv.FormatInt(id, 10) }

func checkMax(n, limit int) error {
	if n < 1 {
		return invalid("Invalid value %d for parameter 'max_results' supplied. It must be a positive integer", n)
	}
	if n > limit {
		return invalid("Invalid value %d for parameter 'max_results' supplied. It must be at most %d", n, limit)
	}
	return nil
}
