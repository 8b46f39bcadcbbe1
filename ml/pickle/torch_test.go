package pickle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// legacyFile is a file of torch before 1.6 with one storage of count elements,
// of which as many bytes follow as data has.
func legacyFile(count int, data string) []byte {
	storage := asm(proto(2), opMark, opBinUnicode, le32(7), "storage", global("torch", "FloatStorage"), opBinUnicode, le32(1), "7", opBinUnicode, le32(3), "cpu", opBinInt1, count, opNone, opTuple, opBinPersID, opStop)
	return asm(
		proto(2), opLong1, 10, "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", opStop, proto(2), opBinInt2, 0xe9, 3, opStop, proto(2), opEmptyDict, opStop,
		storage, proto(2), opEmptyList, opBinUnicode, le32(1), "7", opAppend, opStop, le64(uint64(count)), data)
}

// TestTorchLegacy: the storages behind the pickles are raw when they are as long
// as was announced, and only then.
func TestTorchLegacy(t *testing.T) {
	t.Parallel()
	whole := legacyFile(2, "ABCDEFGH")
	r := scan(t, whole)
	size := int64(len(whole))
	want := Coverage{Parsed: []Range{{From: 0, To: size - 16}}, Raw: []Range{{From: size - 16, To: size}}}
	if diff := cmp.Diff(want, r.Coverage); diff != "" || r.Status != Complete || r.Verdict != Clean {
		t.Errorf("%s, %s, %v (-want +got)\n%s", r.Status, r.Verdict, r.Findings, diff)
	}
	if g := r.Trace.Globals[0]; g.Name != "FloatStorage" || !g.OnlyPersistent() {
		t.Errorf("%+v is named in a persistent id and nowhere else", g)
	}
	if p := r.Trace.Persistent; len(p) != 1 || p[0].Key != "7" || p[0].Count != 2 || p[0].Type != "FloatStorage" {
		t.Errorf("persistent ids %+v", p)
	}
	for name, data := range map[string][]byte{"cut off": legacyFile(2, "ABCD"), "longer": legacyFile(2, "ABCDEFGH and more")} {
		if r := scan(t, data); r.Status != Inconclusive || r.Verdict != NotKnown {
			t.Errorf("%s: %s, %s", name, r.Status, r.Verdict)
		}
	}
}
