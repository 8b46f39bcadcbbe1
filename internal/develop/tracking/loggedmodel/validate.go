package loggedmodel

import (
	"fmt"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
)

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

func noModel(id string) error {
	return fault.New(fault.NotFound, "Logged model with ID '%s' not found.", id)
}

// pair is what params and tags have in common.
type pair struct{ key, value string }

func checkPairs(noun string, pairs []pair, limit int) error {
	if len(pairs) > limit {
		return invalid("A request can contain at most %d %s. Got %d %s.", limit, noun, len(pairs), noun)
	}
	for i, p := range pairs {
		at := fmt.Sprintf("%s[%d]", noun, i)
		if p.key == "" {
			return invalid("Missing value for required parameter '%s.key'.", at)
		}
		if err := label.Text(at+".key", p.key, MaxKey); err != nil {
			return err
		}
		if err := label.Text(at+".value", p.value, MaxValue); err != nil {
			return err
		}
	}
	return nil
}

func checkParams(params []tracking.Param) error {
	pairs := make([]pair, len(params))
	for i, p := range params {
		pairs[i] = pair{p.Key, p.Value}
	}
	return checkPairs("params", pairs, MaxParams)
}

func checkTags(tags []tracking.Tag) error {
	pairs := make([]pair, len(tags))
	for i, t := range tags {
		pairs[i] = pair{t.Key, t.Value}
	}
	return checkPairs("tags", pairs, MaxTags)
}
