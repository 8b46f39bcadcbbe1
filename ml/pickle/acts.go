package pickle

import "slices"

// Acts reports whether an unpickler that is called at the first byte would call
// something, or look up what is dangerous. Texts and numbers can be read as
// opcodes for a while, and then seem to look up names; they do not act.
func (r *Report) Acts() bool {
	if r.Trace == nil {
		return false
	}
	whole := r.Whole()
	for _, f := range r.Findings {
		named := f.Module != "" && isPath(f.Module) && f.Class == ClassDangerous || f.Rule == RuleComputed
		if f.Reading != readingHidden && f.Severity >= High && (whole || named) {
			return true
		}
	}
	for _, s := range r.Trace.Steps {
		if s.Import || s.Global == NoGlobal || s.Reading == readingHidden {
			continue
		}
		if g := &r.Trace.Globals[s.Global]; g.Computed != "" || isPath(g.Module) && isPath(g.Name) {
			return true
		}
	}
	return false
}

// Exhausts reports whether a budget ended the reading: what an unpickler would do
// behind the place that was come to, nobody knows.
func (r *Report) Exhausts() bool {
	return r.Trace != nil && slices.ContainsFunc(r.Trace.Endings, func(e Ending) bool { return e.Kind == Exhausted })
}

// Hides reports whether pickles were found inside other bytes that call or look
// up what is dangerous.
func (r *Report) Hides() bool {
	for _, f := range r.Findings {
		if f.Reading == readingHidden && f.Class == ClassDangerous && f.Severity >= High {
			return true
		}
	}
	return false
}

// Whole reports whether the first byte begins a pickle that comes to its STOP.
func (r *Report) Whole() bool {
	return r.Trace != nil && len(r.Trace.Endings) > 0 && r.Trace.Endings[0].Kind == Stopped && r.Trace.Endings[0].Start == 0
}
