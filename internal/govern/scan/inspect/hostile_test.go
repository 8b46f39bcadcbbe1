package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// sums fails when the coverage of a part, or of one of its members, is not its
// size.
func sums(t testing.TB, p Part) {
	t.Helper()
	if n := p.Coverage.Size(); n != p.Size {
		t.Errorf("%s: the coverage has %d bytes of %d", p.Path, n, p.Size)
	}
	if p.Status != pickle.Complete && p.Verdict == pickle.Clean {
		t.Errorf("%s: %s and clean", p.Path, p.Status)
	}
	if p.Status == pickle.Complete && len(p.Coverage.Unparsed) > 0 {
		t.Errorf("%s: complete, and %v unparsed", p.Path, p.Coverage.Unparsed)
	}
	for _, m := range p.Members {
		sums(t, m)
	}
}

func inspectBytes(t testing.TB, i *Inspector, data []byte) Part {
	t.Helper()
	s, err := NewSource("f", bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return i.File(ctx, s)
}

// bomb is zip files in each other, each with copies of the one before.
func bomb(t *testing.T, levels int) string {
	inner := strings.Repeat("\x00", 16<<20)
	for range levels {
		var members []file
		for i := range 16 {
			members = append(members, file{fmt.Sprintf("%d.zip!", i), inner})
		}
		inner = zipOf(t, members...)
	}
	return inner
}

// TestHostileFiles: what is made to take all time or memory ends, says which
// budget it took, and is not clean.
func TestHostileFiles(t *testing.T) {
	v, err := pickle.NewVetting("")
	if err != nil {
		t.Fatal(err)
	}
	small := DefaultBudget()
	small.Bytes, small.Members, small.Ratio, small.Held = 64<<20, 1000, 500, 1<<20
	deep := good
	for range small.Depth + 1 {
		deep = zipOf(t, file{"in.zip!", deep})
	}
	var many []file
	for i := range 2000 {
		many = append(many, file{fmt.Sprint(i), ""})
	}
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	zeros := w.EncodeAll(make([]byte, 32<<20), nil)
	huge := []byte(npyOf("<f8", ""))
	for name, c := range map[string]struct{ data, reason string }{
		"archives in archives": {bomb(t, 2), "decompressed bytes"},
		"nested deeply":        {deep, "containers in containers"},
		"many members":         {zipOf(t, many...), "members"},
		"a ratio":              {string(zeros), "for each compressed one"},
		"a length of 4 GiB":    {"\x80\x04B" + string(binary.LittleEndian.AppendUint32(nil, 1<<32-1)) + "R.", ""},
		"an array of 1 TiB":    {strings.Replace(string(huge), "(2,), }", "(9999999999,), }"[:7], 1), ""},
		"deep lists":           {"\x80\x04" + strings.Repeat("(", 3<<20), ""},
	} {
		p := inspectBytes(t, New(v, small), []byte(c.data))
		sums(t, p)
		if p.Status != pickle.Inconclusive || !strings.Contains(p.Reason, c.reason) {
			t.Errorf("%s: %s: %s", name, p.Status, p.Reason)
		}
	}
}

// TestBehindTheRatio: what a member runs is found behind more bytes than its ratio
// allows; one that runs nothing stays inconclusive, and so does each that lies
// beyond what is unpacked of such members.
func TestBehindTheRatio(t *testing.T) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	filler := "B" + string(binary.LittleEndian.AppendUint32(nil, 32<<20)) + strings.Repeat("\x00", 32<<20) + "0"
	packed := func(pickled string) string { return string(w.EncodeAll([]byte("\x80\x04"+pickled), nil)) }
	evil := packed(filler + "cposix\nsystem\nN\x85R.")
	bulk := string(w.EncodeAll(make([]byte, mostBeyond+1<<20), nil))
	for name, c := range map[string]struct {
		data    string
		verdict pickle.Verdict
	}{
		"a call behind it":    {evil, pickle.Malicious},
		"one among others":    {zipOf(t, file{"a", evil}, file{"b", packed(filler + ".")}), pickle.Malicious},
		"nothing behind it":   {packed(filler + "N."), pickle.NotKnown},
		"a call behind a gap": {zipOf(t, file{"a", bulk}, file{"b", bulk}, file{"c", evil}), pickle.NotKnown},
	} {
		p := inspectBytes(t, inspector(t), []byte(c.data))
		sums(t, p)
		if p.Status != pickle.Inconclusive || p.Verdict != c.verdict {
			t.Errorf("%s is %s, %s (%s): %v", name, p.Status, p.Verdict, p.Reason, p.Findings)
		}
	}
}

// TestTimeIsOver: when the time is over that is said, and nothing more is read.
func TestTimeIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s, err := NewSource("f", strings.NewReader(good), int64(len(good)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := inspector(t).File(ctx, s); p.Status != pickle.Inconclusive || p.Reason != timeIsOver || p.Verdict != pickle.NotKnown {
		t.Errorf("%+v", p)
	}
}

// TestIrregularFiles: pipes, links and folders without end are not opened.
func TestIrregularFiles(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.pkl"), 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(".", filepath.Join(folder, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "a.pkl"), []byte("\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}(U\x08filenameU\x08pipe.pklub."), 0o600); err != nil {
		t.Fatal(err)
	}
	parts := tree(t, os.DirFS(folder))
	for _, name := range []string{"pipe.pkl", "loop", "a.pkl"} {
		if p := parts[name]; p.Status == pickle.Complete || p.Verdict == pickle.Clean {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// shrinking is a file that lost its end after its size was taken.
type shrinking struct{ *strings.Reader }

func TestShrinkingFile(t *testing.T) {
	s, err := NewSource("f", shrinking{strings.NewReader(good)}, int64(len(good)), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Bytes, s.Size = strings.NewReader(good[:5]), int64(len(good))
	p := inspector(t).File(context.Background(), s)
	sums(t, p)
	if p.Status == pickle.Complete || p.SHA256 != "" {
		t.Errorf("%+v", p)
	}
}

func TestLayouts(t *testing.T) {
	sum, err := hash(strings.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"image/oci-layout":           {Data: []byte(`{"imageLayoutVersion": "1.0.0"}`)},
		"image/blobs/sha256/" + sum:  {Data: []byte(good)},
		"image/blobs/sha256/abcdef0": {Data: []byte(gzipOf(t, tarOf(t, file{"model.pkl", evil})))},
	}
	parts := tree(t, files)
	layout := parts["image/oci-layout"]
	if len(layout.Findings) != 1 || layout.Findings[0].Rule != RuleDigest || layout.Findings[0].Member != "image/blobs/sha256/abcdef0" {
		t.Errorf("%+v", layout)
	}
	if p := parts["image/blobs/sha256/abcdef0"]; p.Verdict != pickle.Malicious {
		t.Errorf("a layer: %+v", p)
	}
}

// FuzzFile: whatever the bytes are, the inspection ends, the coverage of each part
// is its size, and what was not understood is not clean.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		good, evil, system, zipOf(f, file{"a/data.pkl", torchOf("0", 2)}, file{"a/data/0", "12345678"}, file{"b!", good}),
		tarOf(f, file{"a", good}, file{"b", "->../../c"}), gzipOf(f, good) + evil, npyOf("<f4", "12345678") + npyOf("|O", good),
		evil + zipOf(f, file{"a", good}), loading(zipOf(f, file{"a.pkl", good})), "text\n", "\x89PNG\r\n\x1a\n", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 20),
		modelIndex, `[{"idx":0,"path":"","type":"os.system"}]`, `{"lc":1,"type":"constructor","id":["os","system"]}`, `{"py/repr":"a"}`, "layer { python_param { module: 'os' layer: 'system' } }",
	} {
		f.Add([]byte(seed))
	}
	for _, pattern := range []string{"testdata/sevenzip/*.7z", "../../../foundation/archive/testdata/7z/*.7z", "testdata/sqlite/*.db", "testdata/arrow/*", "../../../../ml/hdf5/testdata/objects*.h5"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	v, err := pickle.NewVetting("")
	if err != nil {
		f.Fatal(err)
	}
	b := DefaultBudget()
	b.Bytes, b.Members, b.Held, b.Text = 4<<20, 200, 64<<10, 1<<20
	b.Pickle.Opcodes, b.Pickle.NestedBytes = 1<<18, 1<<16
	i := New(v, b)
	f.Fuzz(func(t *testing.T, data []byte) { sums(t, inspectBytes(t, i, data)) })
}
