package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const payload = "the payload, the payload, the payload"

var plenty = ZipLimits{Members: 1000, NameBytes: 1 << 20}

// made is a zip file of the names, each with the payload in it: deflated, stored
// where the name ends in !, stored without a descriptor behind it where in ?.
func made(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		h := &zip.FileHeader{Name: strings.TrimRight(name, "!?"), Method: zip.Deflate}
		if strings.HasSuffix(name, "!") {
			h.Method = zip.Store
		}
		create := w.CreateHeader
		if strings.HasSuffix(name, "?") {
			h.Method, h.CRC32 = zip.Store, crc32.ChecksumIEEE([]byte(payload))
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(payload)), uint64(len(payload))
			create = w.CreateRaw
		}
		f, err := create(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll gives the view of a zip file, the rules of all oddities, the container's
// and its members', and what could be read of each member.
func readAll(t testing.TB, b []byte) (view *Zip, rules []string, texts map[string]string) {
	t.Helper()
	view, err := ReadZip(bytes.NewReader(b), int64(len(b)), plenty)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Clone(view.Oddities)
	texts = map[string]string{}
	for _, m := range view.Members {
		c, err := m.Open(bytes.NewReader(b), nil)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		text, _ := io.ReadAll(c)
		texts[m.Name] = string(text)
		all = append(all, c.Oddities()...)
	}
	for _, o := range all {
		if !slices.Contains(rules, o.Rule) {
			rules = append(rules, o.Rule)
		}
	}
	slices.Sort(rules)
	return view, rules, texts
}

func TestAnOrdinaryZipHasNothingOdd(t *testing.T) {
	t.Parallel()
	b := made(t, "deflated.pkl", "stored.bin!", "plain.bin?", "folder/member")
	view, rules, texts := readAll(t, b)
	if len(rules) > 0 || len(view.Gaps) > 0 {
		t.Errorf("oddities %v, gaps %v", view.Oddities, view.Gaps)
	}
	want := map[string]string{"deflated.pkl": payload, "stored.bin": payload, "plain.bin": payload, "folder/member": payload}
	if d := cmp.Diff(want, texts); d != "" {
		t.Error(d)
	}
}

// An archive that is stored in another one, as arrays are in models, is its
// member and no second reading of the whole.
func TestAZipInAZipHasNothingOdd(t *testing.T) {
	t.Parallel()
	inner := made(t, "indices.npy!", "data.npy")
	for _, name := range []string{"array.npz", "a/b.npz"} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(inner); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		view, rules, texts := readAll(t, b.Bytes())
		if len(rules) > 0 || len(view.Gaps) > 0 || len(view.Members) != 1 || texts[name] != string(inner) {
			t.Errorf("oddities %v, gaps %v, %d members", view.Oddities, view.Gaps, len(view.Members))
		}
		// The same bytes outside of the member are a second reading.
		if _, rules, _ := readAll(t, append(bytes.Clone(inner), b.Bytes()...)); len(rules) == 0 {
			t.Error("an archive before another one is nothing odd")
		}
	}
}

// at is where a signature stands for the nth time, from 0.
func at(t *testing.T, b []byte, signature string, n int) int {
	t.Helper()
	from := 0
	for ; n >= 0; n-- {
		i := bytes.Index(b[from:], []byte(signature))
		if i < 0 {
			t.Fatalf("no %q", signature)
		}
		from += i + 4
	}
	return from - 4
}

// TestEveryReadingOfAZip changes a file so that programs differ in what they see
// of it. Whatever one of them could load is among the members.
func TestEveryReadingOfAZip(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	for _, c := range []struct {
		name  string
		from  []string
		edit  func(t *testing.T, b []byte) []byte
		rules []string
		names []string // of members that hold the payload
	}{
		{"the header beside the data has another name", []string{"a.txt?"}, func(t *testing.T, b []byte) []byte {
			copy(b[at(t, b, localSignature, 0)+localSize:], "b.pkl")
			return b
		}, []string{RuleNames}, []string{"a.txt"}},
		{"a zero byte in the name", []string{"a.pkl_txt?"}, func(t *testing.T, b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("a.pkl_txt"), []byte("a.pkl\x00txt"))
		}, []string{RuleNames}, []string{"a.pkl\x00txt"}},
		{"bits that say encrypted", []string{"a.pkl?"}, func(t *testing.T, b []byte) []byte {
			b[at(t, b, localSignature, 0)+6] |= 1
			b[at(t, b, directorySignature, 0)+8] |= 0x41
			return b
		}, []string{RuleEncrypted}, []string{"a.pkl"}},
		{"a wrong checksum", []string{"a.pkl?"}, func(t *testing.T, b []byte) []byte {
			b[at(t, b, directorySignature, 0)+16] ^= 0xff
			return b
		}, []string{RuleChecksum}, []string{"a.pkl"}},
		{"no directory at all", []string{"a.pkl?", "b.pkl?"}, func(t *testing.T, b []byte) []byte {
			return b[:at(t, b, directorySignature, 0)]
		}, []string{RuleDirectory, RuleHidden}, []string{"a.pkl", "b.pkl"}},
		{"a member without an entry", []string{"a.pkl?", "b.pkl?"}, func(t *testing.T, b []byte) []byte {
			first, second, end := at(t, b, directorySignature, 0), at(t, b, directorySignature, 1), at(t, b, endSignature, 0)
			le.PutUint16(b[end+8:], 1)
			le.PutUint16(b[end+10:], 1)
			le.PutUint32(b[end+12:], uint32(end-second))
			return slices.Delete(b, first, second)
		}, []string{RuleHidden}, []string{"a.pkl", "b.pkl"}},
		{"two archives in a row", []string{"seen.pkl?"}, func(t *testing.T, b []byte) []byte {
			return append(made(t, "before.pkl"), b...)
		}, []string{RuleDirectory}, []string{"seen.pkl", "before.pkl"}},
		{"an archive in the comment of another", []string{"seen.pkl?"}, func(t *testing.T, b []byte) []byte {
			inner := made(t, "comment.pkl")
			le.PutUint16(b[len(b)-2:], uint16(len(inner)))
			return append(b, inner...)
		}, []string{RuleComment, RuleDirectory}, []string{"seen.pkl", "comment.pkl"}},
		{"bytes before the first member", []string{"a.pkl?"}, func(t *testing.T, b []byte) []byte {
			return append([]byte("cos\nsystem\n."), b...)
		}, []string{RulePrefix}, []string{"a.pkl"}},
		{"the directory is shorter than the header says", []string{"a.pkl?"}, func(t *testing.T, b []byte) []byte {
			le.PutUint32(b[at(t, b, directorySignature, 0)+20:], 3)
			le.PutUint32(b[at(t, b, directorySignature, 0)+24:], 3)
			return b
		}, []string{RuleSizes}, []string{"a.pkl"}},
		{"one name twice", []string{"a.pkl?", "b.pkl?"}, func(t *testing.T, b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("b.pkl"), []byte("a.pkl"))
		}, []string{RuleDuplicate}, []string{"a.pkl"}},
		{"a name that climbs", []string{"folder/../../a.pkl?"}, nil, []string{RulePath}, []string{"folder/../../a.pkl"}},
		{"a name of another system's root", []string{`C:\a.pkl?`}, nil, []string{RulePath}, []string{`C:\a.pkl`}},
		{"the end record counts wrongly", []string{"a.pkl?"}, func(t *testing.T, b []byte) []byte {
			le.PutUint16(b[at(t, b, endSignature, 0)+10:], 7)
			return b
		}, []string{RuleDirectory}, []string{"a.pkl"}},
		{"bytes behind the end of the stream", []string{"a.pkl"}, func(t *testing.T, b []byte) []byte {
			directory, end := at(t, b, directorySignature, 0), at(t, b, endSignature, 0)
			descriptor := at(t, b, spannedSignature, 0)
			le.PutUint32(b[directory+20:], le.Uint32(b[directory+20:])+8)
			le.PutUint32(b[descriptor+8:], le.Uint32(b[descriptor+8:])+8)
			le.PutUint32(b[end+16:], le.Uint32(b[end+16:])+8)
			return slices.Insert(b, descriptor, []byte("trailing")...)
		}, []string{RuleTrailing}, []string{"a.pkl"}},
		{"the end record of 64 bits names another directory", []string{"a.pkl?", "b.pkl?"}, func(t *testing.T, b []byte) []byte {
			end, second := at(t, b, endSignature, 0), at(t, b, directorySignature, 1)
			wide := append([]byte(end64Signature), make([]byte, end64Size-4+locatorSize)...)
			le.PutUint64(wide[32:], 1)
			le.PutUint64(wide[40:], uint64(end-second))
			le.PutUint64(wide[48:], uint64(second))
			copy(wide[end64Size:], locatorSignature)
			le.PutUint64(wide[end64Size+8:], uint64(end))
			return slices.Insert(b, end, wide...)
		}, []string{RuleDirectory}, []string{"a.pkl", "b.pkl"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := made(t, c.from...)
			if c.edit != nil {
				b = c.edit(t, b)
			}
			view, rules, texts := readAll(t, b)
			slices.Sort(c.rules)
			if d := cmp.Diff(c.rules, rules); d != "" {
				t.Errorf("rules (-want +got): %s\n%v", d, view.Oddities)
			}
			for _, name := range c.names {
				if texts[name] != payload {
					t.Errorf("%q holds %q", name, texts[name])
				}
			}
		})
	}
}

func TestAZipOfTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	b := made(t, "a", "b", "c", strings.Repeat("long", 100))
	for _, most := range []ZipLimits{{Members: 3, NameBytes: 1 << 20}, {Members: 100, NameBytes: 300}} {
		var limit LimitError
		if _, err := ReadZip(bytes.NewReader(b), int64(len(b)), most); !errors.As(err, &limit) {
			t.Errorf("%+v: %v", most, err)
		}
	}
	if _, err := ReadZip(strings.NewReader("no zip"), 6, plenty); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// FuzzZip holds that no file breaks the reader, that every place it gives lies
// in the file, and that what Go's own reader opens is among the members.
func FuzzZip(f *testing.F) {
	for _, names := range [][]string{{"a.pkl?"}, {"a.pkl", "b/c!"}, {}} {
		b := made(f, names...)
		f.Add(b)
		f.Add(append(b, b...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		size := int64(len(b))
		view, err := ReadZip(bytes.NewReader(b), size, plenty)
		if err != nil {
			return
		}
		known := map[string]bool{}
		for _, m := range view.Members {
			if m.Data.From < 0 || m.Data.From > m.Data.To || m.Data.To > size {
				t.Fatalf("%q lies at %v of %d bytes", m.Name, m.Data, size)
			}
			for _, name := range append(m.Others, m.Name) {
				known[name] = true
			}
			if c, err := m.Open(bytes.NewReader(b), nil); err == nil {
				_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<20))
				c.Oddities()
			}
		}
		theirs, err := zip.NewReader(bytes.NewReader(b), size)
		if err != nil {
			return
		}
		for _, file := range theirs.File {
			if from, err := file.DataOffset(); err == nil && from <= size && !known[file.Name] {
				t.Errorf("Go opens %q, which is not among %v", file.Name, view.Members)
			}
		}
	})
}

// wide is a zip file with a 64-bit end record, as torch writes one whatever its size.
func wide(b []byte) []byte {
	end := b[len(b)-endSize:]
	at := len(b) - endSize
	out := slices.Clone(b[:at])
	out = append(out, end64Signature...)
	out = binary.LittleEndian.AppendUint64(out, end64Size-12)
	out = append(out, 45, 0, 45, 0)
	out = append(out, make([]byte, 8)...)
	for range 2 {
		out = binary.LittleEndian.AppendUint64(out, uint64(u16(end[10:])))
	}
	out = binary.LittleEndian.AppendUint64(out, uint64(u32(end[12:])))
	out = binary.LittleEndian.AppendUint64(out, uint64(u32(end[16:])))
	out = append(out, locatorSignature...)
	out = append(out, 0, 0, 0, 0)
	out = binary.LittleEndian.AppendUint64(out, uint64(at))
	out = append(out, 1, 0, 0, 0)
	return append(out, end...)
}

// TestAZipWithAWideEnd: where the first name has 30 bytes, the rest of the directory
// begins where a directory would that ends at the end record. Nothing is odd in that,
// unless an entry leads to a member from there.
func TestAZipWithAWideEnd(t *testing.T) {
	t.Parallel()
	for n := range 40 {
		b := wide(made(t, strings.Repeat("a", n+1)+"!", "second!", "third!"))
		if _, rules, texts := readAll(t, b); len(rules) > 0 || len(texts) != 3 {
			t.Errorf("a name of %d bytes: %v, %v", n+1, rules, texts)
		}
	}
	b := made(t, strings.Repeat("a", 30)+"!", "second!")
	second := bytes.LastIndex(b, []byte(localSignature))
	entry := bytes.LastIndex(b, []byte(directorySignature))
	binary.LittleEndian.PutUint32(b[entry+42:], uint32(second-end64Size-locatorSize)) // from the other base it is a header
	if _, rules, _ := readAll(t, wide(b)); !slices.Contains(rules, RuleDirectory) {
		t.Errorf("a second reading that leads to a member is not told: %v", rules)
	}
}
