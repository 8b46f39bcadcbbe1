package inspect

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// file is a member of a container that a test makes.
type file struct{ name, data string }

// zipOf is a zip file; members whose names end in ! are deflated.
func zipOf(t testing.TB, members ...file) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		name, deflated := strings.CutSuffix(m.name, "!")
		h := &zip.FileHeader{Name: name}
		if deflated {
			h.Method = zip.Deflate
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipOf(t testing.TB, data string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// torchOf is a pickle that announces a storage of so many floats, and calls
// nothing else.
func torchOf(key string, count byte) string {
	return "\x80\x02(U\x07storageq\x00ctorch\nFloatStorage\nq\x01U" + string(byte(len(key))) + key + "U\x03cpuK" + string(count) + "tQ."
}

const (
	// objects is what numpy pickles of an array of objects, which calls.
	objects = "\x80\x03cnumpy._core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nq\x01K\x00\x85q\x02C\x01bq\x03\x87q\x04Rq\x05."
	good    = "\x80\x04]\x94(K\x01K\x02e."
	evil    = "\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."
)

func one(t *testing.T, name, data string) Part {
	t.Helper()
	return tree(t, fstest.MapFS{name: {Data: []byte(data)}})[name]
}

func npyOf(descr, data string) string {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (2,), }\n", descr)
	return npyMagic + "\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(header)))) + header + data
}

// TestGoodContainers: what libraries write is complete and clean, whatever lies
// in what.
func TestGoodContainers(t *testing.T) {
	noise := string([]byte{0, 0xee, 0x80, 4, 1, 2, 3, 4})
	for name, c := range map[string]struct{ data, format string }{
		"torch.pt":     {zipOf(t, file{"m/data.pkl", torchOf("0", 2)}, file{"m/byteorder", "little"}, file{"m/data/0", noise}, file{"m/version", "3\n"}), "zip"},
		"package.pt":   {zipOf(t, file{"m/res/model.pkl", torchOf("7", 2)}, file{"m/.data/7.storage!", noise}), "zip"},
		"arrays.npz":   {zipOf(t, file{"a.npy", npyOf("<f4", noise)}, file{"b.npy!", npyOf("|O", good)}), "zip"},
		"objects.npz":  {zipOf(t, file{"a.npy", npyOf("|O", objects)}, file{"b.npy", npyOf("|O", objects)}), "zip"},
		"nested.zip":   {zipOf(t, file{"in.zip!", zipOf(t, file{"in.pkl.gz", gzipOf(t, good)})}, file{"folder/", ""}, file{"empty", ""}), "zip"},
		"twice.npy":    {npyOf("<f4", noise) + npyOf("<i4", noise), "npy"},
		"packed.pkl":   {gzipOf(t, good), "gzip"},
		"twice.pkl.gz": {gzipOf(t, good) + gzipOf(t, good), "gzip"},
		"script.pt": {zipOf(t, file{"m/constants.pkl", "\x80\x02)."}, file{"m/data.pkl", "\x80\x02c__torch__.nets\nNet\n)\x81}X\x01\x00\x00\x00aK\x01sb."},
			file{"m/code/__torch__.py", "def forward(self, x):\n  \"torch.save(x)\" # ops.evil.run(x)\n  return torch.add(ops.prim.data(x), 1)\n"}), "zip"},
	} {
		p := one(t, name, c.data)
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 || p.Format[0] != c.format {
			t.Errorf("%s: %s, %s: %s %+v", name, p.Status, p.Verdict, p.Reason, p.Findings)
		}
		if len(p.Coverage.Unparsed) > 0 {
			t.Errorf("%s: unparsed %v", name, p.Coverage.Unparsed)
		}
	}
}

// TestEvilContainers: what one of a container's readers would load is found, by
// the path of its member, and so is what is odd about the container.
func TestEvilContainers(t *testing.T) {
	plain := zipOf(t, file{"data.txt", "text"}, file{"data.pkl!", evil})
	flagged := []byte(plain)
	flagged[6] |= 1
	renamed := strings.Replace(zipOf(t, file{"notes.txt", evil}), "notes.txt", "dataa.pkl", 1)
	for name, c := range map[string]struct{ data, rule, member string }{
		"plain.zip":        {plain, pickle.RuleCall, "data.pkl"},
		"flagged.zip":      {string(flagged), archive.RuleEncrypted, "data.txt"},
		"renamed.zip":      {renamed, archive.RuleNames, "notes.txt"},
		"other.pt":         {zipOf(t, file{"m/data.pkl", good}, file{"m/config.p", evil}), pickle.RuleCall, "m/config.p"},
		"storage.pt":       {zipOf(t, file{"m/data.pkl", torchOf("0", byte(len(evil)/4))}, file{"m/data/0", evil}), pickle.RuleCall, "m/data/0"},
		"longer.pt":        {zipOf(t, file{"m/data.pkl", torchOf("0", 1)}, file{"m/data/0", evil}), pickle.RuleCall, "m/data/0"},
		"before.zip":       {evil + plain, pickle.RuleCall, ""},
		"picture.png":      {"\x89PNG\r\n\x1a\n" + plain, pickle.RuleCall, "data.pkl"},
		"between.zip":      {"\xff\x00\xff" + plain, pickle.RuleCall, "data.pkl"},
		"objects.npz":      {zipOf(t, file{"a.npy!", npyOf("|O", evil)}), pickle.RuleCall, "a.npy:objects"},
		"calls.npz":        {zipOf(t, file{"a.npy", npyOf("|O", evil)}), pickle.RuleCall, "a.npy:objects"},
		"nested.zip":       {zipOf(t, file{"a.zip!", zipOf(t, file{"b.gz!", gzipOf(t, evil)})}), pickle.RuleCall, "a.zip:b.gz:b"},
		"trailing.gz":      {gzipOf(t, good) + evil, pickle.RuleCall, "(bytes at"},
		"second.gz":        {gzipOf(t, good) + gzipOf(t, evil), pickle.RuleCall, "second"},
		"cut.pkl.gz":       {gzipOf(t, evil+strings.Repeat("x", 100))[:60], pickle.RuleCall, "cut.pkl"},
		"behind.npy":       {npyOf("<f4", "12345678") + evil, pickle.RuleCall, "(bytes at"},
		"library.keras":    {zipOf(t, file{"assets/a.so", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 64)}), RuleExecutable, "assets/a.so"},
		"handler.mar":      {zipOf(t, file{"handler.py", "import os\n"}), RuleScript, "handler.py"},
		"climbing.zip":     {zipOf(t, file{"../../a.pkl", good}), archive.RulePath, "../../a.pkl"},
		"scripted.pt":      {zipOf(t, file{"m/constants.pkl", "\x80\x02)."}, file{"m/code/a.py", "def f(x: Tensor) -> NoneType:\n  torch.save(x, '/tmp/x')\n"}), RuleTorchScript, "m/code/a.py"},
		"handled.mar":      {zipOf(t, file{"MAR-INF/MANIFEST.json", "{}"}, file{"constants.pkl", "\x80\x02)."}, file{"code/handler.py", "def handle(data, context):\n  return data\n"}), RuleScript, "code/handler.py"},
		"disguised.mar":    {zipOf(t, file{"constants.pkl", "\x80\x02)."}, file{"code/handler.py", "import os; os.system(\"id\")\n"}), RuleScript, "code/handler.py"},
		"elsewhere.zip":    {zipOf(t, file{"constants.pkl", "\x80\x02)."}, file{"a/code/setup.py", "x = 1\n"}), RuleScript, "a/code/setup.py"},
		"code.keras":       {zipOf(t, file{"constants.pkl", "\x80\x02)."}, file{"config.json", "{}"}, file{"code/x.py", "x = 1\n"}), RuleScript, "code/x.py"},
		"embedded.pkl":     {loading(zipOf(t, file{"m/data.pkl", evil})), pickle.RuleCall, "@"},
		"embedded.old.pkl": {loadingText(zipOf(t, file{"m/data.pkl", evil})), pickle.RuleCall, "@"},
	} {
		p := one(t, name, c.data)
		if !slices.ContainsFunc(p.Findings, func(f Finding) bool {
			return f.Rule == c.rule && strings.Contains(f.Member, c.member) && f.Severity >= pickle.Medium
		}) || p.Verdict < pickle.Suspicious {
			t.Errorf("%s: %s, %s: %s %+v", name, p.Status, p.Verdict, p.Reason, p.Findings)
		}
	}
}

// loading is a pickle that gives bytes to torch's reader.
func loading(data string) string {
	return "\x80\x04\x8c\x0dtorch.storage\x8c\x10_load_from_bytes\x93B" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + data + "\x85R."
}

// loadingText is the same as protocol 2 writes it: bytes are encoded from text.
func loadingText(data string) string {
	var text []rune
	for _, b := range []byte(data) {
		text = append(text, rune(b))
	}
	letters := string(text)
	return "\x80\x02ctorch.storage\n_load_from_bytes\nc_codecs\nencode\nX" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(letters)))) + letters + "U\x06latin1\x86R\x85R."
}

// TestEmbeddedIsRead: a pickle that hands an archive to another reader is
// complete when the archive is.
func TestEmbeddedIsRead(t *testing.T) {
	for name, data := range map[string]string{"a.pkl": loading(zipOf(t, file{"m/data.pkl", good})), "b.pkl": loadingText(zipOf(t, file{"m/data.pkl", good}))} {
		if p := one(t, name, data); p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Members) != 1 {
			t.Errorf("%s: %s, %s: %s %+v %d", name, p.Status, p.Verdict, p.Reason, p.Findings, len(p.Members))
		}
	}
	if p := one(t, "c.pkl", loading(zipOf(t, file{"m/data.pkl", "\x00\x01\x02"}))); p.Status != pickle.Inconclusive || p.Verdict == pickle.Clean {
		t.Errorf("%s, %s", p.Status, p.Verdict)
	}
}
