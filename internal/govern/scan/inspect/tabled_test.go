package inspect

import (
	"encoding/binary"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestTabled: formats with a short signature are known by what else their header holds,
// and by the signature alone they are not.
func TestTabled(t *testing.T) {
	t.Parallel()
	numbers := strings.Repeat("\xfa\x81\x05", 1000)
	stata := "r\x02\x01\x00\x03\x00\x02\x00\x00\x00" + strings.Repeat("\x00", 81)
	eot := func(size uint32) string {
		b := binary.LittleEndian.AppendUint32(nil, size)
		return string(b) + "\x10\x00\x00\x00\x01\x00\x02\x00" + strings.Repeat("\x01", 22) + "LP" + numbers
	}
	icon := func(from byte) string {
		return "\x00\x00\x01\x00\x01\x00" + "\x10\x10\x00\x00\x01\x00\x20\x00\xb8\x0b\x00\x00" + string(from) + "\x00\x00\x00" + numbers
	}
	known := map[string]string{
		"stata 114": stata + "27 Nov 2026 19:21\x00" + numbers,
		"stata 117": "<stata_dta><header><release>117</release><byteorder>LSF</byteorder>" + numbers,
		"idl":       "SR\x00\x04\x00\x00\x00\x0a\x00\x00\x00\x20\x00\x00\x00\x00" + numbers,
		"fits":      "SIMPLE  =                    T" + strings.Repeat(" ", 50) + "BITPIX  =                  -32" + numbers,
		"ico":       icon(22),
		"eot":       eot(36 + 3000),
		"wav big":   "RIFX\x00\x00\x0b\xb8WAVEfmt " + numbers,
		"wav long":  "RF64\xff\xff\xff\xffWAVEds64" + numbers,
	}
	for name, data := range known {
		p := tree(t, fstest.MapFS{"data": {Data: []byte(data)}})["data"]
		if format, _, _ := strings.Cut(name, " "); p.Status != pickle.Complete || p.Verdict != pickle.Clean || p.Format[0] != format {
			t.Errorf("%s: %s, %s, %v, %s", name, p.Status, p.Verdict, p.Format, p.Reason)
		}
	}
	for name, data := range map[string]string{
		"stata": stata + "no stamp stands here" + numbers, "tags": "<stata_dta><header>\xff" + numbers, "idl": "SR\x00\x04\x00\x00\xff\x0a\x00\x00\x00\x20\x00\x00\x00\x00" + numbers,
		"fits": "SIMPLE  =                    T\xff" + numbers, "ico": icon(21), "eot": eot(7), "wav": "RF64\xff\xff\xff\xffWAVX" + numbers,
	} {
		if p := tree(t, fstest.MapFS{"data": {Data: []byte(data)}})["data"]; p.Status == pickle.Complete {
			t.Errorf("%s, its first bytes alone: %v", name, p.Format)
		}
	}
	if p := tree(t, fstest.MapFS{"data": {Data: []byte("S'R'\n0" + system)}})["data"]; p.Verdict != pickle.Malicious {
		t.Errorf("a pickle: %s, %v", p.Verdict, p.Format)
	}
}

// TestTensorFiles: a file of one tensor of ONNX is known by a shape that its bytes have.
func TestTensorFiles(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]struct {
		status  Status
		verdict Verdict
	}{
		"\x08\x02\x10\x01\x42\x01x\x4a\x08\x00\x00\x80\x3f\x00\x00\x80\x3f":     {pickle.Complete, pickle.Clean},
		"\x08\x02\x10\x01\x22\x08\x00\x00\x80\x3f\x00\x00\x00\x40":              {pickle.Complete, pickle.Clean},
		"\x08\x03\x10\x07\x3a\x03\x01\x02\x03":                                  {pickle.Complete, pickle.Clean},
		"\x08\x03\x10\x01\x42\x01x\x4a\x08\x00\x00\x80\x3f\x00\x00\x80\x3f":     {pickle.Inconclusive, pickle.NotKnown}, // of another shape
		"\x08\x02\x10\x01\x4a\x08\x00\x00\x80\x3f\x00\x00\x80\x3f\xfa\x07\x01x": {pickle.Inconclusive, pickle.NotKnown}, // and a field of none
		"\x08\x04\x10\x07\x3a\x03\x01\x02\x03":                                  {pickle.Inconclusive, pickle.NotKnown},
		"\x08\x02\x10\x01\x6a\x17\x0a\x08location\x12\x0b/etc/shadow\x70\x01":   {pickle.Complete, pickle.Suspicious},
	} {
		p := tree(t, fstest.MapFS{"input_0.pb": {Data: []byte(data)}})["input_0.pb"]
		if p.Status != want.status || p.Verdict != want.verdict {
			t.Errorf("%q: %s, %s, %v, %s, %+v", data, p.Status, p.Verdict, p.Format, p.Reason, p.Findings)
		}
	}
}
