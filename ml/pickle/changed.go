package pickle

// What a container holds is judged when somebody is given it. Whoever keeps it finds
// there what was added since: at the end of an object, at the next comparison.

// mostWords of judged hold what was judged.
const mostWords = 1 << 18

// noteJudged notes a container, or what was made, of which the parts were judged.
func (m *machine) noteJudged(v Value) {
	switch v.Kind() {
	case List, Dict, Set, Call, Object:
	default:
		return
	}
	if m.judged == nil {
		m.judged = map[int64]uint64{}
	}
	word, bit := v.index()>>6, uint64(1)<<(v.index()&63)
	if have, ok := m.judged[word]; ok || len(m.judged) < mostWords {
		m.judged[word] = have | bit
	} else {
		m.manyJudged = true
	}
}

// judgeAdded judges what is added to what was judged before: items, or a state.
func (m *machine) judgeAdded(to Value, items []Value) {
	if m.judged[to.index()>>6]&(1<<(to.index()&63)) == 0 && !(m.manyJudged && m.nodes.of(to) == nil) {
		return
	}
	h := &handed{m: m, left: mostHanded}
	for _, v := range items {
		if why := h.deep(v, works, 0); why != "" {
			m.trace.finding(m, Finding{Rule: RuleArgument, Severity: Medium, Class: ClassUnknown, Use: UseAppend, Args: m.show(v), Why: "it is added to what was judged before: " + why})
			return
		}
	}
}
