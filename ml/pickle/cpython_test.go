package pickle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// events are what CPython did with one pickle, by unpickler: event, module,
// name.
type events map[string][][3]string

// TestCPythonDoesNothingUnseen runs mutated pickles under CPython's own
// unpicklers with a find_class that gives stand-ins: whatever they look up or
// call is in the trace, as often.
func TestCPythonDoesNothingUnseen(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the machine is not compared with CPython's unpicklers")
	}
	pickles := mutants(t, 4000)
	if testing.Short() {
		pickles = pickles[:len(pickles)/4]
	}
	v := &Vetting{} // without rules nothing is known of what a call gives back
	calls := 0
	for i, seen := range recorded(t, python, pickles) {
		b := DefaultBudget()
		b.Readings = 64
		r := Scan(Memory(pickles[i]), int64(len(pickles[i])), v, b)
		covers(t, r)
		if slices.ContainsFunc(r.Trace.Globals, func(g GlobalUse) bool { return wrapperKind(g.Name) >= 0 && g.Calls[UseBuild] > 0 }) {
			continue // joblib's reader is no plain one: TestTricks has both readings
		}
		for reader, happened := range seen {
			calls += len(happened)
			if missing := unseen(r.Trace, happened); missing != "" {
				t.Errorf("%q\n%s does %s, unseen: %v, %+v", pickles[i], reader, missing, happened, r.Trace.Globals)
			}
		}
		if t.Failed() {
			return
		}
	}
	if calls < len(pickles) {
		t.Errorf("only %d events of %d pickles: the test does not see what happens", calls, len(pickles))
	}
}

// unseen is an event that the trace has fewer times, "" without one.
func unseen(t *Trace, happened [][3]string) string {
	need := map[[3]string]int64{}
	for _, e := range happened {
		need[e]++
	}
	for e, n := range need {
		if have := counted(t, e); have < n {
			return fmt.Sprintf("%v %d times and not %d", e, n, have)
		}
	}
	return ""
}

// counted is how often the trace has an event of CPython.
func counted(t *Trace, e [3]string) (n int64) {
	switch e[0] {
	case "persid":
		for _, f := range t.Findings {
			if f.Rule == RulePersistent {
				n += f.Count
			}
		}
		return n + int64(len(t.Persistent))
	case "callresult":
		return sum(t.unknown[:])
	}
	if e[2] == "persid" {
		return sum(t.unknown[:])
	}
	// A stand-in gives back one of its own class; what a call gives back is
	// nobody's here.
	for _, use := range used(e[0]) {
		n += t.unknown[use]
	}
	for i := range t.Globals {
		g := &t.Globals[i]
		module, name := g.Module, g.Name
		if g.OldModule != "" {
			module, name = g.OldModule, g.OldName
		}
		if g.Computed == "" && (module != e[1] || name != e[2]) {
			continue
		}
		if e[0] == "global" {
			n += g.Lookups
		}
		for _, use := range used(e[0]) {
			n += g.Calls[use]
		}
	}
	return n
}

// used is by which uses an event of CPython comes.
func used(event string) []Use {
	return map[string][]Use{
		"call": {UseReduce, UseInst, UseObj}, "new": {UseNewObj, UseNewObjEx, UseInst, UseObj}, "build": {UseBuild}, "buildglobal": {UseBuild},
		"append": {UseAppend}, "setitem": {UseSetItem}, "add": {UseAddItems}, "hash": {UseHash},
	}[event]
}

func sum(ns []int64) (n int64) {
	for _, x := range ns {
		n += x
	}
	return n
}

// recorded is what CPython does with each pickle.
func recorded(t *testing.T, python string, pickles [][]byte) []events {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var in bytes.Buffer
	for _, p := range pickles {
		in.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(p))))
		in.Write(p)
	}
	cmd := exec.CommandContext(ctx, python, "-I", "testdata/record.py")
	cmd.Stdin = &in
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("record.py: %v: %s", err, errors.String())
	}
	var all []events
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e events
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if len(all) != len(pickles) {
		t.Fatalf("record.py answers for %d of %d pickles", len(all), len(pickles))
	}
	return all
}

// seeds are the tricks and the golden pickles.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	var all [][]byte
	named := tricks()
	for _, name := range sorted(named) {
		all = append(all, named[name].data)
	}
	files, err := filepath.Glob("testdata/golden/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) < 16<<10 {
			all = append(all, data)
		}
	}
	return all
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// mutants are n pickles made of the seeds: bytes changed, opcodes put in and
// taken out, parts of two joined, frames laid over them.
func mutants(t *testing.T, n int) [][]byte {
	t.Helper()
	from := seeds(t)
	random := rand.New(rand.NewPCG(5, 1))
	all := slices.Clone(from)
	for len(all) < n {
		p := slices.Clone(from[random.IntN(len(from))])
		for range 1 + random.IntN(4) {
			p = mutate(random, p, from)
		}
		all = append(all, p)
	}
	return all
}

func mutate(random *rand.Rand, p []byte, from [][]byte) []byte {
	if len(p) == 0 {
		return []byte{byte(opNone), byte(opStop)}
	}
	at := random.IntN(len(p))
	switch random.IntN(7) {
	case 0:
		p[at] = byte(random.IntN(256))
	case 1:
		return slices.Insert(p, at, fragment(random)...)
	case 2:
		return slices.Delete(p, at, min(len(p), at+1+random.IntN(3)))
	case 3:
		other := from[random.IntN(len(from))]
		return slices.Concat(p[:at], other[min(len(other), random.IntN(len(other)+1)):])
	case 4:
		return slices.Insert(p, at, frame(random.IntN(2*len(p)+1))...)
	case 5:
		return slices.Insert(p, at, p[at:min(len(p), at+random.IntN(12))]...)
	case 6:
		return p[:at]
	}
	return p
}

// fragment is an opcode or a few that belong together.
func fragment(random *rand.Rand) []byte {
	parts := [][]byte{
		asm(opMark), asm(opPop), asm(opPopMark), asm(opDup), asm(opNone), asm(opEmptyTuple), asm(opEmptyList), asm(opEmptyDict), asm(opEmptySet),
		asm(opReduce), asm(opBuild), asm(opNewObj), asm(opNewObjEx), asm(opObj), asm(opStackGlobal), asm(opMemoize), asm(opTuple), asm(opTuple1),
		asm(opTuple2), asm(opTuple3), asm(opAppend), asm(opAppends), asm(opSetItem), asm(opSetItems), asm(opAddItems), asm(opFrozenSet), asm(opDict),
		asm(opList), asm(opStop), asm(opBinGet, 0), asm(opBinGet, 1), asm(opBinPut, 0), asm(opBinPut, 3), asm(opGet, "1\n"), asm(opPut, "0\n"),
		asm(opBinInt1, 5), asm(opInt, "7\n"), asm(opLong, "9L\n"), asm(opFloat, "1.5\n"), proto(0), proto(2), proto(4), str("a"), str("b.c"),
		global("m", "n"), global("copy_reg", "_reconstructor"), stackGlobal("m", "f"), asm(opInst, "m\nn\n"), asm(opBinPersID), asm(opPersID, "x\n"),
		asm(opExt1, 1), asm(opNextBuffer), asm(opReadOnlyBuffer), asm(opEmptyDict, opNone, opNone, opSetItem), asm(opMark, str("k"), opNone, opSetItems),
		asm(global("m", "C"), opEmptyTuple, opNewObj), asm(opShortBinBytes, 3, "abc"), asm(opLong1, 2, "\x01\x02"), asm(opByteArray8, le64(2), "xy"),
	}
	return parts[random.IntN(len(parts))]
}
