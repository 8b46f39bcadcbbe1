package pickle

import (
	"math/rand/v2"
	"testing"
)

// TestMemoPacks puts more entries than lie unpacked, of the kinds that pickles
// mix, and finds each again, also after some are replaced.
func TestMemoPacks(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var m memo
	want := make([]Value, (unpacked+40)*pageSize)
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
	packed := 0
	for _, p := range m.pages {
		if p.packed != nil {
			packed++
		}
	}
	if packed < 10 {
		t.Fatalf("%d pages are packed", packed)
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
