package pickle

import "math/big"

// legacy follows torch's files from before 1.6: five pickles (magic number,
// protocol, machine, object, keys of its storages), then for each key a count
// of elements in 8 bytes and the elements.
type legacy struct{ step int }

// The steps of a legacy file. It is followed no further when one does not fit.
const (
	legacyMagic = iota
	legacyProtocol
	legacyMachine
	legacyObject
	legacyKeys
	legacyOver
)

// torchMagic is torch.serialization.MAGIC_NUMBER.
const torchMagic = "1950a86a20f9469cfc6c"

// mostKeys storages are known of a legacy file.
const mostKeys = 1 << 16

// after is where to read on behind a pickle that ended.
func (l *legacy) after(s *stream, end Ending, size int64) int64 {
	if end.Kind != Stopped {
		l.step = legacyOver
		return end.Offset
	}
	m := s.machine
	switch l.step {
	case legacyMagic:
		magic, _ := new(big.Int).SetString(torchMagic, 16)
		n, ok := bigInteger(&m.in, m.result)
		if m.result.Kind() != Int || !ok || n.Cmp(magic) != 0 {
			l.step = legacyOver
			return end.Offset
		}
		m.nodes.slots = mostKeys
	case legacyKeys:
		l.step = legacyOver
		m.nodes.slots = slots
		return s.storages(end.Offset, size)
	case legacyOver:
		return end.Offset
	}
	l.step++
	return end.Offset
}

// storages passes over the storages of a legacy file, in the order of the list
// that the last pickle is. One is raw only when a persistent id announced just
// as many elements; at the first that is not it stops.
func (s *stream) storages(at, size int64) int64 {
	m := s.machine
	keys := m.nodes.of(m.result)
	if keys == nil || m.result.Kind() != List || int64(len(keys.items)) != keys.count {
		return at
	}
	announced := map[string]PersistentID{}
	for _, p := range s.trace.Persistent {
		announced[p.Key] = p
	}
	for _, k := range keys.items {
		key, _, ok := text(&m.in, k, 256)
		p, known := announced[key]
		width := storageWidth[p.Type]
		head := m.in.at(at, 8)
		if !ok || !known || width == 0 || len(head) < 8 {
			return at
		}
		count := littleEndian(head)
		if int64(count) != p.Count || count > uint64(mostIndex)/16 || int64(count)*width > size-at-8 {
			return at
		}
		end := at + 8 + int64(count)*width
		s.raw = join(s.raw, Range{From: at, To: end})
		at = end
	}
	return at
}

// storageWidth is the bytes of an element by torch's class of storage.
var storageWidth = map[string]int64{
	"DoubleStorage": 8, "FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "LongStorage": 8, "IntStorage": 4, "ShortStorage": 2,
	"CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1, "ComplexDoubleStorage": 16, "ComplexFloatStorage": 8, "QUInt8Storage": 1,
	"QInt8Storage": 1, "QInt32Storage": 4, "QUInt4x2Storage": 1, "QUInt2x4Storage": 1, "UntypedStorage": 1,
}
