package pickle

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// TestBudgets: a budget that is used up ends the scan and is named.
func TestBudgets(t *testing.T) {
	t.Parallel()
	small := Budget{Opcodes: 1000, Stack: 20_000, Memo: 50, Globals: 10, Steps: 5, Depth: 2, NestedBytes: 100, Readings: 1}
	many := small
	many.Opcodes = 1 << 20
	deep := asm(proto(2), global("posix", "system"), opStop)
	for range 4 {
		deep = asm(proto(2), global("torch.storage", "_load_from_bytes"), opBinBytes, le32(uint32(len(deep))), deep, opTuple1, opReduce, opStop)
	}
	names := []byte{}
	for i := range 20 {
		names = append(names, asm(global("m", strings.Repeat("x", i+1)), opPop)...)
	}
	for budget, c := range map[string]struct {
		data []byte
		b    Budget
	}{
		"opcodes": {asm(bytes.Repeat([]byte{byte(opNone)}, 1<<20), opStop), small},
		"stack":   {asm(bytes.Repeat([]byte{byte(opNone)}, 1<<17), opStop), many},
		"memo":    {asm(opNone, bytes.Repeat([]byte{byte(opMemoize)}, 100), opStop), small},
		"globals": {asm(names, opNone, opStop), small},
		"depth":   {deep, small},
	} {
		r := Scan(Memory(c.data), int64(len(c.data)), vetting(t), c.b)
		covers(t, r)
		if r.Status != Inconclusive || r.Verdict == Clean || !strings.Contains(r.Reason, "budget for "+budget) {
			t.Errorf("%s: %s, %s: %s", budget, r.Status, r.Verdict, r.Reason)
		}
	}
}

// TestCallablesGivenThemselves: judging the arguments of a vetted callable ends,
// whatever they hold.
func TestCallablesGivenThemselves(t *testing.T) {
	t.Parallel()
	itself := func(module, name string) []byte { // f(f, L), L being [f, L, L]
		return asm(proto(4), opEmptyList, opMemoize, opMark, global(module, name), opMemoize, opBinGet, 0, opBinGet, 0, opAppends, opPop,
			opBinGet, 1, opBinGet, 1, opBinGet, 0, opTuple2, opReduce, opStop)
	}
	for name, data := range map[string][]byte{
		"apply": itself("dill._dill", "_create_array"), "rebuild": itself("torch._tensor", "_rebuild_from_type_v2"),
	} {
		if r := scan(t, data); r.Verdict == Clean {
			t.Errorf("%s: %s", name, r.Verdict)
		}
	}
	generator := asm(proto(4), stackGlobal("numpy.random._pickle", "__randomstate_ctor"), opMemoize, str("MT19937"),
		stackGlobal("numpy.random._pickle", "__bit_generator_ctor"), opTuple2, opReduce, opStop)
	if r := scan(t, generator); r.Verdict != Clean || r.Status != Complete {
		t.Errorf("a generator of numpy 1.24: %s, %s, %+v", r.Status, r.Verdict, r.Findings)
	}
}

// TestWhatIsNoPickle: an error or an inconclusive answer, never clean.
func TestWhatIsNoPickle(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"nothing":           nil,
		"a text":            []byte("hello"),
		"a pointer":         []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
		"4 GiB of a str":    asm(proto(4), opBinUnicode, le32(0xffffffff), "x"),
		"2 to the 63 bytes": asm(proto(4), opBinBytes8, le64(1<<63), "x"),
		"2 to the 62 bytes": asm(proto(4), opBinBytes8, le64(1<<62), "x"),
		"protocol 6":        asm(proto(6), opNone, opStop),
		"no STOP":           asm(proto(4), opNone),
		"a negative PUT":    asm(opNone, opPut, "-1\n", opStop),
		"a negative GET":    asm(opNone, opMemoize, opGet, "-1\n", opStop),
		"marks alone":       bytes.Repeat([]byte{byte(opMark)}, 1<<16),
	} {
		if r := scan(t, data); r.Status == Complete || r.Verdict == Clean {
			t.Errorf("%s: %s, %s", name, r.Status, r.Verdict)
		}
	}
	if r := Scan(failing{}, 100, vetting(t), DefaultBudget()); r.Status != Failure || r.Verdict != NotKnown || !strings.Contains(r.Reason, "the disk is gone") {
		t.Errorf("%s, %s: %s", r.Status, r.Verdict, r.Reason)
	}
}

// TestPersistentIDsAreASCII: no unpickler gets past one that is not.
func TestPersistentIDsAreASCII(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]EndKind{"K\x03\x04\xff": Broken, strings.Repeat("a", 5000) + "\x80": Broken, "plain": Stopped} {
		r := scan(t, asm(opPersID, id, "\n", global("posix", "system"), str("id"), opTuple1, opReduce, opStop))
		if r.Trace.Endings[0].Kind != want {
			t.Errorf("%.10q: %v", id, r.Trace.Endings)
		}
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("the disk is gone") }

// TestDeepNesting: what lies deep in itself needs no stack of Go's.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	const depth = 100_000
	data := asm(proto(2), opNone, bytes.Repeat([]byte{byte(opTuple1)}, depth), opStop)
	if r := scan(t, data); r.Status != Complete || r.Verdict != Clean {
		t.Errorf("%s, %s: %s %v", r.Status, r.Verdict, r.Reason, r.Findings)
	}
	lists := asm(bytes.Repeat([]byte{byte(opEmptyList)}, depth), bytes.Repeat([]byte{byte(opAppend)}, depth-1), opStop)
	g, err := Load(Memory(lists), int64(len(lists)), vetting(t), DefaultBudget())
	if err != nil {
		t.Fatal(err)
	}
	n := 1
	for v := g.Root; len(g.Items(v)) == 1; v = g.Items(v)[0] {
		n++
	}
	if n != depth {
		t.Errorf("%d lists, want %d", n, depth)
	}
}

// TestMemoryIsBounded: a scan of a file of many megabytes allocates no more than
// a window, a ring and a packed memo.
func TestMemoryIsBounded(t *testing.T) {
	data := table(400_000)
	v := vetting(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := Scan(bytes.NewReader(data), int64(len(data)), v, DefaultBudget())
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; r.Status != Complete || n > 16<<20 {
		t.Errorf("%s: %d bytes for a file of %d", r.Status, n, len(data))
	}
}
