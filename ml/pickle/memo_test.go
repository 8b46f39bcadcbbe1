package pickle

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// paper is a Scratch in memory, which takes so many bytes.
type paper struct {
	bytes []byte
	most  int
	torn  bool // cannot be read
}

func (p *paper) WriteAt(b []byte, off int64) (int, error) {
	if int(off)+len(b) > p.most {
		return 0, errors.New("no space left")
	}
	p.bytes = append(p.bytes[:off], b...)
	return len(b), nil
}

func (p *paper) ReadAt(b []byte, off int64) (int, error) {
	if p.torn {
		return 0, errors.New("input/output error")
	}
	return bytes.NewReader(p.bytes).ReadAt(b, off)
}

func (p *paper) Close() error { return nil }

// memoOn is a memo that keeps little in memory.
func memoOn(p *paper) memo {
	m := newMemo(&pageFile{open: func() (Scratch, error) { return p, nil }}, 1<<30, true)
	m.room.kept = 1 << 10
	return m
}

// TestMemoPacks puts more entries than lie unpacked, of the kinds that pickles
// mix, and finds each again, also after some are replaced.
func TestMemoPacks(t *testing.T) {
	t.Parallel()
	file, full := &paper{most: 1 << 30}, &paper{most: pageBuffer * 3}
	for name, m := range map[string]memo{"memory": newMemo(nil, 1<<30, true), "file": memoOn(file), "full file": memoOn(full)} {
		t.Run(name, func(t *testing.T) { memoPacks(t, m) })
	}
	if len(file.bytes) < 10*pageBuffer || len(full.bytes) == 0 {
		t.Errorf("%d bytes are in the file, %d in the one that is full", len(file.bytes), len(full.bytes))
	}
}

func memoPacks(t *testing.T, m memo) {
	random := rand.New(rand.NewPCG(1, 2))
	want := make([]Value, 2000*pageSize)
	offset, number := int64(0), int64(0)
	for i := range want {
		page := i >> pageBits
		switch random.IntN(1 + page%6) {
		case 0:
			offset += int64(random.IntN(200))
			want[i] = valueOf(Str, 0, offset)
		case 1:
			number += int64(random.IntN(200))
			want[i] = valueOf(Dict, 0, number)
		case 2:
			want[i] = emptyTuple()
		case 3:
			want[i] = valueOf(Global, uint32(random.IntN(20)), 0)
		case 4:
			number += int64(random.IntN(300)) // some pages reach too far to be packed
			want[i] = valueOf(Object, uint32(random.IntN(20)), number)
		default:
			want[i] = valueOf(Bool, uint32(random.IntN(2)), 0)
		}
		m.put(int64(i), want[i])
	}
	behind := 0
	for _, p := range m.pages {
		if p.packed != nil || p.filed {
			behind++
		}
	}
	if behind < 10 {
		t.Fatalf("%d pages are packed or in the file", behind)
	}
	copied := m.clone()
	for range 100 {
		i := random.IntN(len(want))
		want[i] = valueOf(Int, 0, int64(i))
		m.put(int64(i), want[i])
		copied.put(int64(i), want[i])
	}
	if m.count != int64(len(want)) {
		t.Errorf("%d entries, want %d", m.count, len(want))
	}
	for i, v := range want {
		if got := m.get(int64(i)); got != v {
			t.Fatalf("entry %d is %x, want %x", i, got, v)
		}
		if got := copied.get(int64(i)); got != v {
			t.Fatalf("entry %d of the copy is %x, want %x", i, got, v)
		}
	}
}

// TestMemoFarEntries: numbers far apart need no memory between them.
func TestMemoFarEntries(t *testing.T) {
	t.Parallel()
	var m memo
	for i := range int64(100) {
		m.put(i*1e9, valueOf(Int, 0, i))
	}
	for i := range int64(100) {
		if got := m.get(i * 1e9); got != valueOf(Int, 0, i) {
			t.Fatalf("entry %d is %x", i, got)
		}
	}
	if m.count != 100 || len(m.pages) > 200 {
		t.Errorf("%d entries in %d pages", m.count, len(m.pages))
	}
}

// TestALostMemo: what was put and cannot be read ends the scan as an error.
func TestALostMemo(t *testing.T) {
	t.Parallel()
	const entries = 20_000_000
	data := asm(proto(4), bytes.Repeat([]byte{byte(opNone), byte(opMemoize), byte(opPop)}, entries), opLongBinGet, le32(entries-3_000_000), opStop)
	for torn, want := range map[bool]Status{false: Complete, true: Failure} {
		p := &paper{most: 1 << 30, torn: torn}
		b := DefaultBudget()
		b.Scratch = func() (Scratch, error) { return p, nil }
		r := Scan(Memory(data), int64(len(data)), vetting(t), b)
		if r.Status != want || len(p.bytes) == 0 {
			t.Errorf("torn %v: %s (%s), %d bytes in the file", torn, r.Status, r.Reason, len(p.bytes))
		}
	}
}

// TestMemoBounds: entries far apart are bounded, and so are those without a file.
func TestMemoBounds(t *testing.T) {
	t.Parallel()
	m := newMemo(nil, 1<<30, false)
	n := int64(0)
	for ; m.takes(n * 1e6); n++ {
		m.put(n*1e6, valueOf(Int, 0, n))
	}
	if n > mostSparse+2 {
		t.Errorf("%d entries far apart", n)
	}
	if m := newMemo(&pageFile{}, 1<<30, false); m.room.entries != mostHeld {
		t.Errorf("%d entries in memory", m.room.entries)
	}
}
