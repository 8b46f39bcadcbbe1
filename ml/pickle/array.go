package pickle

import "github.com/tacit-ml/tacit/ml/numpy"

// dtype reads a dtype as numpy pickles it: the call dtype("f8", False, True)
// and the state (version, order, subarray, names, fields, size, alignment,
// flags[, metadata]).
func (m *machine) dtype(v Value) (numpy.Dtype, bool) {
	if d, ok := m.dtypes[v]; ok {
		return d, true
	}
	x := m.nodes.of(v)
	if x == nil {
		return numpy.Dtype{}, false
	}
	d, ok := m.readDtype(x, v)
	if ok && len(m.dtypes) < mostDtypes {
		if m.dtypes == nil {
			m.dtypes = dtypes{}
		}
		m.dtypes[v] = d
	}
	return d, ok
}

// dtypes are those that are known by their values.
type dtypes map[Value]numpy.Dtype

// mostDtypes are known however far back they were made: one stands for the arrays of
// all of a forest's trees.
const mostDtypes = 4096

// noteDtype remembers a dtype that got its state. One that is too far back to be known
// is another with it.
func (m *machine) noteDtype(v Value) {
	delete(m.dtypes, v)
	if v.Kind() == Call && m.nodes.of(v) != nil {
		m.dtype(v)
	}
}

// readDtype reads what a node says of a dtype.
func (m *machine) readDtype(x *node, v Value) (numpy.Dtype, bool) {
	if (v.Kind() != Call && v.Kind() != Object) || v.class() == noClass {
		return numpy.Dtype{}, false
	}
	switch g := &m.trace.Globals[v.class()]; {
	case g.Name == "_convert_to_stringdtype_kwargs" && g.Class == ClassVetted:
		return numpy.Dtype{Kind: 'T', Order: '|', Size: 16, HasObject: true}, true // texts of any length, which joblib pickles
	case g.Module != "numpy" || g.Name != "dtype":
		return numpy.Dtype{}, false
	}
	args, ok := m.items(x.args)
	if !ok || len(args) == 0 {
		return numpy.Dtype{}, false
	}
	code, whole, ok := text(&m.in, args[0], 64)
	d, err := numpy.Parse(code)
	if !ok || !whole || err != nil {
		return numpy.Dtype{}, false
	}
	if x.state == 0 {
		return d, true
	}
	return m.dtypeState(d, x.state)
}

// dtypeState gives a dtype what its state says: the order, and the size of
// those types that have no size of their own.
func (m *machine) dtypeState(d numpy.Dtype, state Value) (numpy.Dtype, bool) {
	s, ok := m.items(state)
	if !ok || len(s) < 7 || len(s) > 9 {
		return d, false
	}
	if order, _, ok := text(&m.in, s[1], 1); ok && len(order) == 1 {
		d.Order = order[0]
	}
	if !d.IsFlexible() {
		return d, true
	}
	size, ok := integer(&m.in, s[5])
	if !ok || size > 1<<31 {
		return d, false
	}
	if size >= 0 {
		d.Size = size
	}
	if len(s) > 7 {
		flags, ok := integer(&m.in, s[7])
		if !ok {
			return d, false
		}
		d.HasObject = flags&1 != 0
	}
	return d, true
}

// shape reads a tuple of integers.
func (m *machine) shape(v Value) ([]int64, bool) {
	if v.Kind() != Tuple {
		return nil, false
	}
	items, ok := m.items(v)
	if !ok || len(items) > 64 {
		return nil, false
	}
	shape := make([]int64, 0, len(items))
	for _, i := range items {
		n, ok := m.dimension(i)
		if !ok {
			return nil, false
		}
		shape = append(shape, n)
	}
	return shape, true
}

// dimension reads an integer, or a scalar of numpy that is one.
func (m *machine) dimension(v Value) (int64, bool) {
	if v.Kind() != Call {
		return integer(&m.in, v)
	}
	x := m.nodes.of(v)
	if x == nil || v.class() == noClass || m.trace.Globals[v.class()].Name != "scalar" {
		return 0, false
	}
	args, ok := m.items(x.args)
	if !ok || len(args) != 2 {
		return 0, false
	}
	d, ok := m.dtype(args[0])
	raw, whole, isBytes := text(&m.in, args[1], 8)
	if !ok || !isBytes || !whole || args[1].Kind() != Bytes || int64(len(raw)) != d.Size || (d.Kind != 'i' && d.Kind != 'u') || d.Order == '>' {
		return 0, false
	}
	n := int64(littleEndian([]byte(raw)))
	return n, n >= 0
}
