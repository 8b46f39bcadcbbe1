package pickle

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// TestBehindABudget: what is dangerous behind the place where a budget was used
// up is told, by whatever opcodes it is named, and the file stays incomplete.
func TestBehindABudget(t *testing.T) {
	t.Parallel()
	budget := DefaultBudget()
	budget.Opcodes, budget.Memo = 1000, 500
	padding := bytes.Repeat([]byte{byte(opNone), byte(opPop)}, 1000)
	names := asm(str("posix"), opMemoize, str("system"), opMemoize, opPop, opPop)
	many := []byte{}
	for range 3 * mostSkimmed {
		many = append(many, asm(str("x"), opMemoize, opPop)...)
	}
	for name, c := range map[string]struct {
		data    []byte
		verdict Verdict
	}{
		"a global":                    {asm(proto(2), padding, global("posix", "system"), opStop), Malicious},
		"a renamed one":               {asm(proto(2), padding, global("__builtin__", "eval"), opStop), Malicious},
		"a stack global":              {asm(proto(4), padding, stackGlobal("posix", "system"), opStop), Malicious},
		"a call by INST":              {asm(proto(0), padding, opMark, opInst, "posix\nsystem\n", opStop), Malicious},
		"names of before":             {asm(proto(4), names, padding, opBinGet, 0, opBinGet, 1, opStackGlobal, opStop), Malicious},
		"names of the memo":           {asm(proto(4), padding, names, opMark, opBinGet, 0, opBinGet, 1, str("decoy"), opPop, opStackGlobal, opStop), Malicious},
		"names that are put":          {asm(proto(4), padding, str("posix"), opPut, "7\n", opPop, str("system"), opLongBinPut, le32(9), opPop, opGet, "7\n", opLongBinGet, le32(9), opStackGlobal, opStop), Malicious},
		"names below a tuple":         {asm(proto(4), padding, str("posix"), str("system"), opNone, opNone, opTuple2, opPop, opMark, opNone, opPopMark, opStackGlobal, opStop), Malicious},
		"DUP of the names":            {asm(proto(4), padding, str("posix"), opDup, opPop, str("system"), opStackGlobal, opStop), Malicious},
		"a second pickle":             {asm(proto(4), padding, opNone, opStop, proto(4), stackGlobal("posix", "system"), opStop), Malicious},
		"behind a byte of no opcode":  {asm(proto(4), padding, "\xff\xff", proto(4), opNone, stackGlobal("posix", "system"), opStop), Malicious},
		"in bytes":                    {asm(proto(4), padding, stackGlobal("torch.storage", "_load_from_bytes"), opBinBytes, le32(15), "cposix\nsystem\n.", opTuple1, opReduce, opStop), Malicious},
		"a line without end":          {asm(proto(4), padding, global("posix", "system"), opUnicode, "no end"), Malicious},
		"names made too far before":   {asm(proto(4), padding, names, many, opBinGet, 0, opBinGet, 1, opStackGlobal, opStop), Malicious},
		"names beyond what is known":  {asm(proto(4), padding, many, names, many, opLongBinGet, le32(3*mostSkimmed), opLongBinGet, le32(3*mostSkimmed+1), opStackGlobal, opStop), Suspicious},
		"an unknown one":              {asm(proto(4), padding, stackGlobal("nobody", "knows"), opStop), Suspicious},
		"an extension":                {asm(proto(4), padding, opExt1, 7, opStop), Suspicious},
		"what is vetted":              {asm(proto(4), padding, stackGlobal("collections", "OrderedDict"), opEmptyTuple, opReduce, opStop), NotKnown},
		"a text that looks like more": {asm(proto(4), padding, str("cposix\nsystem\n"), opStop), NotKnown},
		"numbers alone":               {asm(proto(4), padding, opStop), NotKnown},
	} {
		r := Scan(bytes.NewReader(c.data), int64(len(c.data)), vetting(t), budget)
		covers(t, r)
		if r.Status != Inconclusive || r.Verdict != c.verdict {
			t.Errorf("%s: %s, %s: %v", name, r.Status, r.Verdict, r.Findings)
		}
	}
}

// TestDangerousAmongMany: neither more names than are kept nor more findings than
// are told hide a dangerous one.
func TestDangerousAmongMany(t *testing.T) {
	var before, after runtime.MemStats
	var data bytes.Buffer
	for i := range 200_000 {
		fmt.Fprintf(&data, "ca%d\nb\n0", i)
	}
	data.WriteString("cposix\nsystem\n(S'id'\ntR.")
	v := vetting(t)
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := Scan(Memory(data.Bytes()), int64(data.Len()), v, DefaultBudget())
	runtime.GC()
	runtime.ReadMemStats(&after)
	if r.Status != Inconclusive || r.Verdict != Malicious || !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == RuleCall && f.Name == "system" }) {
		t.Errorf("%s, %s: %v", r.Status, r.Verdict, r.Findings[:3])
	}
	if n := int64(after.HeapAlloc) - int64(before.HeapAlloc); n > 24<<20 {
		t.Errorf("%d bytes are kept", n)
	}
	runtime.KeepAlive(r)
}
