package pickle

// Kind is what a Value is.
type Kind uint8

// The kinds of values. A value of the kinds None to Buffer is plain: the input
// says all of it. Absent is no value.
const (
	Absent Kind = iota
	Unknown
	None
	Bool
	Int
	Float
	Str
	Bytes
	ByteArray
	Buffer // out of band, NEXT_BUFFER
	List
	Dict
	Tuple
	Set
	FrozenSet
	Global // what a module's name stands for
	Call   // what a call gave back
	Object // an instance whose class is known
	PersID // what the loader's persistent_load gives back
	Ext    // what an extension code stands for
)

func (k Kind) String() string {
	return [...]string{"absent", "unknown", "None", "bool", "int", "float", "str", "bytes", "bytearray", "buffer", "list", "dict", "tuple",
		"set", "frozenset", "global", "call", "object", "persistent id", "extension"}[k]
}

// Value stands for one value of a pickle in 8 bytes: its kind, a class, and an
// index. The index of a constant is the offset of its opcode in the input, from
// where it is read when somebody asks; that of all else numbers its node. The
// class is the number of the Global that a Global, Call or Object has to do
// with, 0 or 1 for a Bool, 1 for the empty tuple, which has no node,
// and 2 for a tuple of constants.
type Value uint64

const (
	indexBits = 39
	classBits = 20

	mostIndex = 1<<indexBits - 1 // 512 GiB of input
	mostClass = 1<<classBits - 1
	noClass   = mostClass // of a Call whose callee is no Global
)

func valueOf(k Kind, class uint32, index int64) Value {
	return Value(k)<<(indexBits+classBits) | Value(class)<<indexBits | Value(index)
}

// Kind tells what v is.
func (v Value) Kind() Kind { return Kind(v >> (indexBits + classBits)) }

func (v Value) class() uint32 { return uint32(v>>indexBits) & mostClass }

func (v Value) index() int64 { return int64(v & mostIndex) }

// isNode reports whether v has a node.
func (v Value) isNode() bool {
	k := v.Kind()
	return k >= List && k != Global && !(k == Tuple && v.class() == 1)
}

// isPlain reports whether v is a constant or a builtin container, so that
// hashing it or adding to it runs nobody's code.
func (v Value) isPlain() bool {
	k := v.Kind()
	return k >= None && k <= FrozenSet
}

// classConstant is the class of a tuple that holds nothing but constants, however
// deep: that stays known when its items are not.
const classConstant = 2

// isConstant reports whether v is a constant, or a tuple of such.
func (v Value) isConstant() bool {
	k := v.Kind()
	return k >= None && k <= Buffer || k == Tuple && (v.class() == 1 || v.class() == classConstant)
}

// emptyTuple is what EMPTY_TUPLE pushes.
func emptyTuple() Value { return valueOf(Tuple, 1, 0) }
