package pickle

const (
	ring       = 8192 // nodes a scan remembers
	nestedRing = 512  // of a pickle inside another
	slots      = 64   // items of a node a scan remembers
)

// node is what the machine knows of a container, call or object beyond its
// Value.
type node struct {
	number int64
	offset int64 // of the opcode that made it
	opcode Opcode
	count  int64   // items in all
	items  []Value // tuple, list, set: items; dict: key, value, key, value
	args   Value
	kwargs Value
	state  Value   // what BUILD gave last
	weight float64 // values that printing or hashing it would visit
	array  *Array
	beyond uint8 // what is among the items that are not kept

	replaced bool // a state gave it attributes that may be called
}

// What may be among the items of a node that are not kept.
const (
	beyondObject    = 1 << iota // an object
	beyondContainer             // a container, which may hold one
	beyondCallable              // what may be called
	beyondMethod                // of a dict: what could be a method of the object whose attributes it is
)

// nodes keeps all nodes when loading, and when scanning the newest ones with
// their first items: what a verdict needs is made shortly before it is used,
// and what is older counts as unknown.
type nodes struct {
	all   []node
	next  int64
	keep  bool
	ring  int // a power of two: how many are remembered
	slots int // items of each that are
}

// add makes room for a node and gives its number.
func (s *nodes) add(offset int64, op Opcode) (*node, int64) {
	n := s.next
	s.next++
	if s.keep {
		s.all = append(s.all, node{number: n, offset: offset, opcode: op, weight: 1})
		return &s.all[n], n
	}
	if s.all == nil {
		s.all = make([]node, s.ring)
	}
	x := &s.all[n&int64(s.ring-1)]
	*x = node{number: n, offset: offset, opcode: op, weight: 1, items: x.items[:0]}
	return x, n
}

// of gives the node of v, nil when v has none or it is forgotten.
func (s *nodes) of(v Value) *node {
	if !v.isNode() || len(s.all) == 0 {
		return nil
	}
	n := v.index()
	if s.keep {
		return &s.all[n]
	}
	if x := &s.all[n&int64(s.ring-1)]; x.number == n && n < s.next {
		return x
	}
	return nil
}

// put adds items to a node, as many as are kept.
func (s *nodes) put(x *node, items []Value) {
	x.count += int64(len(items))
	if room := max(0, s.slots-len(x.items)); !s.keep && room < len(items) {
		for _, v := range items[room:] {
			if v.isNode() && v.Kind() <= FrozenSet {
				x.beyond |= beyondContainer
			}
		}
		items = items[:room]
	}
	x.items = append(x.items, items...)
	for _, v := range items {
		if v.isNode() {
			if of := s.of(v); of != nil {
				x.weight += of.weight
			}
		}
	}
}

func (s *nodes) clone() nodes {
	out := *s
	out.all = append([]node(nil), s.all...)
	for i := range out.all {
		out.all[i].items = append([]Value(nil), s.all[i].items...)
	}
	return out
}
