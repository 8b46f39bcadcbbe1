package dvcconfig

import (
	"regexp"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// interpolation is what ConfigObj replaces by another option of the section.
var interpolation = regexp.MustCompile(`%\(([^)]*)\)s`)

// maxInterpolation is how deep options may stand for options.
const maxInterpolation = 10

// interpolated replaces %(option)s by what the option says in the same section.
// One that is not there is refused.
func interpolated(m pyjson.Map) (pyjson.Map, error) {
	for i, e := range m {
		switch v := e.Value.(type) {
		case pyjson.Map:
			below, err := interpolated(v)
			if err != nil {
				return nil, err
			}
			m[i].Value = below
		case string:
			if !strings.Contains(v, "%(") {
				continue
			}
			s, err := replaced(m, v, 0)
			if err != nil {
				return nil, err
			}
			m[i].Value = s
		}
	}
	return m, nil
}

func replaced(m pyjson.Map, s string, depth int) (string, error) {
	var failure error
	s = interpolation.ReplaceAllStringFunc(s, func(word string) string {
		key := strings.ToLower(word[2 : len(word)-2])
		v, _ := m.Get(key)
		text, ok := v.(string)
		switch {
		case !ok && failure == nil:
			failure = refused("missing option %q in interpolation.", key)
		case depth >= maxInterpolation && failure == nil:
			failure = refused("interpolation loop detected in value %q.", key)
		case failure == nil:
			text, failure = replaced(m, text, depth+1)
		}
		return text
	})
	return s, failure
}
