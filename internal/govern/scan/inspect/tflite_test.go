package inspect

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

func TestTFLite(t *testing.T) {
	files := fromML(t, "tflite/testdata/*.tflite")
	for name, p := range tree(t, files) {
		if name == "reads.tflite" {
			if p.Verdict != pickle.Malicious || p.Findings[0].Rule != "tensorflow-operator" || p.Findings[0].Name != "ReadFile" {
				t.Errorf("%s: %s %+v", name, p.Verdict, p.Findings)
			}
			continue
		}
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 || p.Format[len(p.Format)-1] != "tflite" {
			t.Errorf("%s: %s %s %q %+v", name, p.Status, p.Reason, p.Format, p.Findings)
		}
	}
	custom := slices.Clone(files["custom.tflite"].Data)
	copy(custom[bytes.Index(custom, []byte("MatrixInverse")):], "MotrixInverse")
	leaving := slices.Clone(files["dense.tflite"].Data)
	binary.LittleEndian.PutUint32(leaving, 0x7ffffff0)
	behind := append(slices.Clone(files["dense.tflite"].Data), "cposix\nsystem\n(S'id'\ntR."...)
	for rule, c := range map[string]struct {
		b       []byte
		verdict Verdict
	}{
		"tensorflow-unknown-operator": {custom, pickle.Suspicious}, "tflite-structure": {leaving, pickle.Suspicious}, "dangerous-call": {behind, pickle.Malicious},
	} {
		p := tree(t, fstest.MapFS{"m": {Data: c.b}})["m"]
		if len(p.Findings) == 0 || p.Findings[0].Rule != rule || p.Verdict != c.verdict {
			t.Errorf("%s: %s %s %+v", rule, p.Verdict, p.Reason, p.Findings)
		}
	}
}
