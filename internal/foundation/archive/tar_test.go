package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var plentyTar = ListingLimits{Members: 1000, NameBytes: 1 << 20, Pieces: 1000}

func tarred(t testing.TB, format tar.Format, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		h.Format, h.Mode = format, 0o644
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(payload))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := io.WriteString(w, payload); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func entries(t testing.TB, b []byte) (*Listing, map[string]string) {
	t.Helper()
	view, err := ReadTar(bytes.NewReader(b), int64(len(b)), plentyTar)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, e := range view.Entries {
		r, size := e.Open(bytes.NewReader(b))
		text, err := io.ReadAll(io.NewSectionReader(r, 0, size))
		if err != nil {
			t.Fatal(e.Name, err)
		}
		texts[e.Name] = string(text)
	}
	return view, texts
}

func TestTarsOfEachFormat(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("folder/", 40) + "ä.pkl"
	for format, names := range map[tar.Format][]string{
		tar.FormatUSTAR: {"a.pkl", strings.Repeat("d/", 60) + "b.pkl"}, tar.FormatPAX: {"a.pkl", long}, tar.FormatGNU: {"a.pkl", long},
	} {
		var headers []tar.Header
		for _, name := range names {
			headers = append(headers, tar.Header{Name: name, Typeflag: tar.TypeReg})
		}
		view, texts := entries(t, tarred(t, format, append(headers, tar.Header{Name: "folder/", Typeflag: tar.TypeDir})...))
		for _, name := range names {
			if texts[name] != payload {
				t.Errorf("%v: %q holds %q", format, name, texts[name])
			}
		}
		if len(view.Oddities) > 0 || len(view.Gaps) > 0 || len(view.Entries) != 3 {
			t.Errorf("%v: %v %v", format, view.Oddities, view.Gaps)
		}
	}
}

func TestWhatIsOddInATar(t *testing.T) {
	t.Parallel()
	file := tar.Header{Name: "a.pkl", Typeflag: tar.TypeReg}
	for _, c := range []struct {
		name    string
		headers []tar.Header
		edit    func(b []byte) []byte
		rule    string
		gaps    int
	}{
		{"a name that climbs", []tar.Header{{Name: "../../a", Typeflag: tar.TypeReg}}, nil, RulePath, 0},
		{"a link", []tar.Header{{Name: "a", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}}, nil, RuleKind, 0},
		{"a device", []tar.Header{{Name: "a", Typeflag: tar.TypeChar}}, nil, RuleKind, 0},
		{"a pipe", []tar.Header{{Name: "a", Typeflag: tar.TypeFifo}}, nil, RuleKind, 0},
		{"a name twice", []tar.Header{file, file}, nil, RuleDuplicate, 0},
		{"an archive behind the end", []tar.Header{file}, func(b []byte) []byte { return append(b, b...) }, "", 1},
		{"cut off", []tar.Header{file}, func(b []byte) []byte { return b[:tarBlock+10] }, RuleSizes, 0},
	} {
		b := tarred(t, tar.FormatPAX, c.headers...)
		if c.edit != nil {
			b = c.edit(slices.Clone(b))
		}
		view, _ := entries(t, b)
		has := slices.ContainsFunc(view.Oddities, func(o Oddity) bool { return o.Rule == c.rule })
		if has != (c.rule != "") || len(view.Gaps) != c.gaps {
			t.Errorf("%s: %v %v", c.name, view.Oddities, view.Gaps)
		}
	}
	b := tarred(t, tar.FormatPAX, tar.Header{Name: "a", Typeflag: tar.TypeReg, PAXRecords: map[string]string{"T.x": strings.Repeat("12 size=9999\n", 3)}})
	if i := bytes.Index(b, []byte("T.x=")); i > 0 {
		copy(b[i-3:], "12 size=9\n") // the record becomes a length of its own
	}
	if _, err := ReadTar(bytes.NewReader(b), int64(len(b)), plentyTar); err != nil {
		t.Error(err)
	}
	var limit LimitError
	if _, err := ReadTar(bytes.NewReader(b), int64(len(b)), ListingLimits{NameBytes: 100}); !errors.As(err, &limit) {
		t.Error(err)
	}
	if _, err := ReadTar(strings.NewReader("no tar"), 6, plentyTar); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// TestSparseTars: the bytes are where they belong, by each form that GNU tar
// writes.
func TestSparseTars(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("tar")
	if err != nil {
		t.Skip("there is no tar")
	}
	folder := t.TempDir()
	f, err := os.Create(filepath.Join(folder, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	want := make([]byte, 9<<20)
	for i := range 30 {
		at := int64(i*300<<10 + 4096)
		copy(want[at:], payload)
		if _, err := f.WriteAt([]byte(payload), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.Truncate(int64(len(want))), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"--format=gnu", "--format=pax --sparse-version=0.0", "--format=pax --sparse-version=0.1", "--format=pax --sparse-version=1.0"} {
		out := filepath.Join(folder, "out.tar")
		args := append(strings.Fields(form), "-S", "-cf", out, "-C", folder, "sparse")
		if said, err := exec.Command(program, args...).CombinedOutput(); err != nil { //nolint:gosec // the arguments are above
			t.Skipf("%s: %s", form, said)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		view, texts := entries(t, b)
		if len(b) > 2<<20 || texts["sparse"] != string(want) || len(view.Oddities) > 0 || len(view.Gaps) > 0 {
			t.Errorf("%s: %d bytes of %d, %v %v", form, len(texts["sparse"]), len(want), view.Oddities, view.Gaps)
		}
	}
}

// FuzzTar holds that no file breaks the reader, that every place it gives lies in
// the file, and that what Go's own reader opens is among the members.
func FuzzTar(f *testing.F) {
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU} {
		f.Add(tarred(f, format, tar.Header{Name: "a.pkl", Typeflag: tar.TypeReg}, tar.Header{Name: "b", Linkname: "c", Typeflag: tar.TypeSymlink}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		size := int64(len(b))
		view, err := ReadTar(bytes.NewReader(b), size, plentyTar)
		if err != nil {
			return
		}
		known := map[string]bool{}
		for _, e := range view.Entries {
			known[e.Name] = true
			if e.Data.From < 0 || e.Data.From > e.Data.To || e.Data.To > size {
				t.Fatalf("%q lies at %v of %d bytes", e.Name, e.Data, size)
			}
			r, n := e.Open(bytes.NewReader(b))
			if got, err := r.ReadAt(make([]byte, min(n, 1<<16)), 0); err != nil && err != io.EOF || int64(got) < min(n, 1<<16) {
				t.Fatalf("%q of %d bytes: %d, %v", e.Name, n, got, err)
			}
		}
		theirs := tar.NewReader(bytes.NewReader(b))
		h, err := theirs.Next()
		if err == nil && !known[h.Name] && h.Typeflag == tar.TypeReg {
			t.Errorf("Go opens %q, which is not among %s", h.Name, fmt.Sprint(known))
		}
	})
}
