package inspect

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// message is a field of a message of Protocol Buffers, number one of a varint.
func message(n int, parts ...[]byte) []byte {
	payload := slices.Concat(parts...)
	return slices.Concat(varint(uint64(n)<<3|2), varint(uint64(len(payload))), payload)
}

func number(n int, v uint64) []byte { return slices.Concat(varint(uint64(n)<<3), varint(v)) }

func words(n int, s string) []byte { return message(n, []byte(s)) }

func varint(v uint64) []byte {
	var out []byte
	for ; v >= 0x80; v >>= 7 {
		out = append(out, byte(v)|0x80)
	}
	return append(out, byte(v))
}

// fromML are the files of a package of ml that end so.
func fromML(t *testing.T, pattern string) fstest.MapFS {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "ml", pattern))
	if err != nil || len(found) == 0 {
		t.Fatal(pattern, found, err)
	}
	files := fstest.MapFS{}
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = &fstest.MapFile{Data: b}
	}
	return files
}

func TestONNXThatConvertersWroteIsClean(t *testing.T) {
	files := fromML(t, "onnx/testdata/*.onnx")
	files["weights.bin"] = fromML(t, "onnx/testdata/weights.bin")["weights.bin"]
	for name, p := range tree(t, files) {
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 {
			t.Errorf("%s: %s %s %+v", name, p.Status, p.Reason, p.Findings)
		}
		if want := "onnx"; strings.HasSuffix(name, ".onnx") && p.Format[len(p.Format)-1] != want {
			t.Errorf("%s: the format %q", name, p.Format)
		}
	}
}

func TestONNXThatIsBad(t *testing.T) {
	model := func(graph ...[]byte) []byte { return slices.Concat(number(1, 8), message(7, graph...)) }
	external := func(pairs ...string) []byte {
		tensor := slices.Concat(number(1, 2), number(2, 1), words(8, "w"), number(14, 1))
		for i := 0; i < len(pairs); i += 2 {
			tensor = append(tensor, message(13, words(1, pairs[i]), words(2, pairs[i+1]))...)
		}
		return model(message(5, tensor))
	}
	node := func(op, domain string) []byte { return message(1, words(4, op), words(7, domain)) }
	deep := node("PythonOp", "com.microsoft")
	for range 10 {
		deep = message(1, words(4, "If"), message(5, words(1, "then_branch"), message(6, deep)))
	}
	circle := slices.Concat(model(node("A", "l")), message(25, words(1, "A"), words(10, "l"), message(7, words(4, "A"), words(7, "l"))))
	evil := slices.Concat(model(), message(14, words(1, "note"), words(2, "\x80\x02cposix\nsystem\n(S'id'\ntR.")))
	for name, c := range map[string]struct {
		b       []byte
		rule    string
		verdict Verdict
	}{
		"up":                 {external("location", "../../etc/passwd"), "onnx-external", pickle.Suspicious},
		"up inside":          {external("location", "a/../../b"), "onnx-external", pickle.Suspicious},
		"up for Windows":     {external("location", `..\..\b`), "onnx-external", pickle.Suspicious},
		"up in percents":     {external("location", "%2e%2e/b"), "onnx-external", pickle.Suspicious},
		"absolute":           {external("location", "/etc/passwd"), "onnx-external", pickle.Suspicious},
		"of another tensor":  {external("location", "w.bin", "location", "/etc/passwd"), "onnx-external", pickle.Suspicious},
		"an attribute":       {external("location", "w.bin", "__class__", "x"), "onnx-external", pickle.Suspicious},
		"an offset behind":   {external("location", "w.bin", "offset", "9223372036854775807"), "onnx-structure", pickle.Suspicious},
		"a negative offset":  {external("location", "w.bin", "offset", "-4"), "onnx-structure", pickle.Suspicious},
		"a length too small": {external("location", "w.bin", "length", "2"), "onnx-structure", pickle.Suspicious},
		"nowhere":            {external("offset", "4"), "onnx-structure", pickle.Suspicious},
		"Python":             {model(node("PythonOp", "com.microsoft")), "onnx-python", pickle.Malicious},
		"Python, deep":       {model(deep), "onnx-python", pickle.Malicious},
		"a foreign domain":   {model(node("Run", "their.domain")), "onnx-domain", pickle.Suspicious},
		"a circle":           {circle, "onnx-structure", pickle.Suspicious},
		"a shape":            {model(message(5, number(1, 1<<40), number(1, 1<<40), number(2, 1))), "onnx-structure", pickle.Suspicious},
		"a pickle":           {evil, "dangerous-call", pickle.Malicious},
	} {
		p := tree(t, fstest.MapFS{"m": {Data: c.b}, "w.bin": {Data: make([]byte, 8)}})["m"]
		if len(p.Findings) == 0 || p.Findings[0].Rule != c.rule || p.Verdict != c.verdict {
			t.Errorf("%s: %s %s %q %+v", name, p.Verdict, p.Reason, p.Format, p.Findings)
		}
	}
	for name, b := range map[string][]byte{"a field that is not known": append(model(node("Add", "")), number(99, 1)...), "cut": model(node("Add", ""))[:8]} {
		if p := tree(t, fstest.MapFS{"m.onnx": {Data: b}})["m.onnx"]; p.Status != pickle.Inconclusive || p.Verdict == pickle.Clean {
			t.Errorf("%s: %s %s", name, p.Status, p.Verdict)
		}
	}
}

// Only what is of no format becomes numbers of another file.
func TestNumbersBeside(t *testing.T) {
	model := slices.Concat(number(1, 8), message(7, message(5, number(1, 2), number(2, 1), words(8, "w"), number(14, 1), message(13, words(1, "location"), words(2, "w.bin")))))
	evil := []byte("cposix\nsystem\n(S'id'\ntR.")
	for name, c := range map[string]struct {
		b       []byte
		verdict Verdict
	}{"numbers": {[]byte{1, 0xff, 2, 0xfe, 9, 0, 0, 1}, pickle.Clean}, "a pickle": {evil, pickle.Malicious}} {
		p := tree(t, fstest.MapFS{"d/m.onnx": {Data: model}, "d/w.bin": {Data: c.b}})["d/w.bin"]
		if p.Verdict != c.verdict {
			t.Errorf("%s: %s %s %+v", name, p.Verdict, p.Reason, p.Findings)
		}
	}
	if p := tree(t, fstest.MapFS{"m.onnx": {Data: model}, "d/w.bin": {Data: []byte{1, 0xff, 2, 0xfe, 9, 0, 0, 1}}})["d/w.bin"]; p.Verdict == pickle.Clean {
		t.Error("numbers of a model in another folder")
	}
}
