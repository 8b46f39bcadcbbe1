package savedmodel

import "slices"

// missing ends a walk: it lists the functions that are called and not there, and
// finds the constants that are asked for.
func (r *reading) missing() {
	for name, at := range r.named {
		if !r.defined[name] {
			r.Missing = append(r.Missing, at)
		}
	}
	slices.SortFunc(r.Missing, func(a, b Text) int { return int(max(min(a.At-b.At, 1), -1)) })
	callers := map[string][]caller{}
	for _, s := range r.scopes {
		for _, c := range s.calls {
			callers[c.function] = append(callers[c.function], caller{s, c.inputs})
		}
	}
	for _, s := range r.scopes {
		for _, u := range s.uses {
			u.Function = s.name
			for _, input := range u.wanted {
				f := finder{callers: callers, steps: 1000}
				f.find(s, input, 0)
				u.Paths = append(u.Paths, f.found...)
			}
			r.Uses = append(r.Uses, u.Use)
		}
	}
}

type caller struct {
	scope  *scope
	inputs []string
}

// finder looks for the constants that an input may be, through nodes that give
// on what they get and through the arguments of functions.
type finder struct {
	callers map[string][]caller
	found   []Text
	steps   int
}

func (f *finder) find(s *scope, input string, depth int) {
	const deepest = 32
	if f.steps--; f.steps < 0 || depth > deepest {
		return
	}
	for range deepest {
		if texts, ok := s.constants[input]; ok {
			for _, t := range texts {
				f.found = append(f.found, Text{Node: input, Value: t.Value, At: t.At})
			}
			return
		}
		next, ok := s.same[input]
		if !ok {
			break
		}
		input = next
	}
	n := slices.Index(s.arguments, input)
	if n < 0 {
		return
	}
	for _, c := range f.callers[s.name] {
		if n < len(c.inputs) {
			f.find(c.scope, c.inputs[n], depth+1)
		}
	}
}
