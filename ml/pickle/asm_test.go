package pickle

import (
	"encoding/binary"
	"sync"
	"testing"
)

// shipped is read once for all tests.
var shipped = sync.OnceValues(func() (*Vetting, error) { return NewVetting("") })

func vetting(t testing.TB) *Vetting {
	t.Helper()
	v, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func scan(t testing.TB, data []byte) Report {
	t.Helper()
	r := Scan(Memory(data), int64(len(data)), vetting(t), DefaultBudget())
	covers(t, r)
	return r
}

// covers fails unless the coverage's ranges are the file.
func covers(t testing.TB, r Report) {
	t.Helper()
	if got := r.Coverage.Size(); got != r.Size {
		t.Fatalf("the coverage has %d bytes, the file %d: %+v", got, r.Size, r.Coverage)
	}
	at := make([]int, 3)
	for n := int64(0); n < r.Size; {
		moved := false
		for i, ranges := range [][]Range{r.Coverage.Parsed, r.Coverage.Raw, r.Coverage.Unparsed} {
			if at[i] < len(ranges) && ranges[at[i]].From == n {
				n, moved = ranges[at[i]].To, true
				at[i]++
			}
		}
		if !moved {
			t.Fatalf("no range begins at %d: %+v", n, r.Coverage)
		}
	}
}

// asm puts a pickle together: opcodes, and texts and bytes as they are.
func asm(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch p := p.(type) {
		case Opcode:
			out = append(out, byte(p))
		case string:
			out = append(out, p...)
		case []byte:
			out = append(out, p...)
		case int:
			out = append(out, byte(p))
		default:
			panic("asm")
		}
	}
	return out
}

func proto(n int) []byte { return []byte{byte(opProto), byte(n)} }

// str is a SHORT_BINUNICODE.
func str(s string) []byte { return asm(opShortBinUnicode, len(s), s) }

func frame(n int) []byte {
	return binary.LittleEndian.AppendUint64([]byte{byte(opFrame)}, uint64(n))
}

func le32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func le64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// global is a GLOBAL of a module and name.
func global(module, name string) []byte { return asm(opGlobal, module, "\n", name, "\n") }

// stackGlobal is a STACK_GLOBAL of two constants.
func stackGlobal(module, name string) []byte { return asm(str(module), str(name), opStackGlobal) }
