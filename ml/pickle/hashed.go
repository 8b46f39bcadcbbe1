package pickle

// hashed tells of the keys of a dict and the members of a set that are not
// plain: their classes' __hash__ and __eq__ run.
func (m *machine) hashed(k Kind, items []Value) {
	step := 1
	if k == Dict {
		step = 2
	} else if k == List {
		return
	}
	for i := 0; i < len(items); i += step {
		if v := items[i]; !v.isPlain() || v.Kind() == Tuple {
			left := mostHashed
			m.hash(v, &left)
		}
	}
}

// mostHashed values are visited to hash one.
const mostHashed = 64

// hash tells of the code that hashing v runs, in tuples too.
func (m *machine) hash(v Value, left *int) {
	if v.Kind() == Global || v.isConstant() {
		return
	}
	x := m.nodes.of(v)
	if *left--; *left < 0 || x != nil && v.Kind() == Tuple && x.count != int64(len(x.items)) {
		m.hashedUnknown()
	}
	if *left < 0 {
		return
	}
	if !v.isPlain() {
		m.called(v, UseHash, emptyTuple(), 0)
	}
	if x == nil {
		return
	}
	if v.Kind() == Tuple {
		for _, member := range x.items {
			m.hash(member, left)
		}
	} else if g := (&handed{m: m}).global(v); g != nil && g.Class == ClassVetted && g.rule.Arguments != argCallable && (m.hashers || m.shadowed) {
		items, _ := m.items(x.args)
		m.hashKept(items, left)
	}
}

// judgeHashed judges an object that was filled anew as if it were hashed, when one
// of its class is a key: what is put beside that later is compared with it.
func (m *machine) judgeHashed(v Value) {
	if n, ok := m.calleeOf(v, UseHash); ok && m.trace.Globals[n].Calls[UseHash] > 0 {
		m.judgeHooks(&m.trace.Globals[n], v, UseHash, emptyTuple(), 0)
	}
}

// hashedUnknown tells that there may be code that hashing runs, where the file has
// made an object that has some.
func (m *machine) hashedUnknown() {
	if m.hashers || m.shadowed {
		m.trace.finding(m, Finding{Rule: RuleArgument, Severity: Medium, Class: ClassUnknown, Use: UseHash, Why: "what is hashed is too much to be known"})
	}
}

// hashKept tells of the code that hashing what a vetted callable made runs of what
// it was given, which it keeps.
func (m *machine) hashKept(items []Value, left *int) {
	for _, v := range items {
		if *left <= 0 {
			m.hashedUnknown()
			return
		}
		if members, ok := m.items(v); ok && v.Kind() == List {
			*left--
			m.hashKept(members, left)
			continue
		}
		m.hash(v, left)
	}
}
