package hdf5

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Read(bytes.NewReader(b), int64(len(b)), DefaultBudget())
	if err != nil {
		t.Fatal(err)
	}
	covered(t, f, int64(len(b)))
	return f
}

// covered fails when extents are out of order, overlap or leave the file.
func covered(t testing.TB, f *File, size int64) {
	t.Helper()
	all := slices.Concat(f.Parsed, f.Raw)
	slices.SortFunc(all, func(a, b Extent) int { return int(a.From - b.From) })
	at := int64(0)
	for _, e := range all {
		if e.From < at || e.To <= e.From || e.To > size {
			t.Fatalf("the extent %v after %d of %d", e, at, size)
		}
		at = e.To
	}
}

// golden is what h5py sees, by the addresses of headers; see testdata/golden.py.
type golden map[string]struct {
	Objects map[int64]struct {
		Attributes map[string][]string
		Stored     *int64
	}
	Links map[string]string
}

func TestWhatH5pySees(t *testing.T) {
	var want golden
	if err := json.Unmarshal(fixture(t, "golden.json"), &want); err != nil || len(want) < 11 {
		t.Fatal(err)
	}
	for name, w := range want {
		f := read(t, fixture(t, name))
		for _, p := range f.Problems {
			t.Errorf("%s: problem at %d: %s", name, p.Offset, p.What)
		}
		stored, raw := int64(0), int64(0)
		seen := 0
		for _, o := range f.Objects {
			g, ok := w.Objects[o.Offset]
			if !ok {
				if o.Path != "superblock extension" {
					t.Errorf("%s: %s at %d is not known to h5py", name, o.Path, o.Offset)
				}
				continue
			}
			seen++
			if g.Stored != nil {
				stored += *g.Stored
			}
			if len(o.Attributes) != len(g.Attributes) {
				t.Errorf("%s: %s has %d attributes, h5py sees %d", name, o.Path, len(o.Attributes), len(g.Attributes))
			}
			for _, a := range o.Attributes {
				var texts []string
				for _, x := range a.Texts {
					texts = append(texts, x.Value)
				}
				if !slices.Equal(texts, g.Attributes[a.Name]) {
					t.Errorf("%s: %s %s is %.60q, h5py sees %.60q", name, o.Path, a.Name, texts, g.Attributes[a.Name])
				}
			}
		}
		for _, e := range f.Raw {
			raw += e.To - e.From
		}
		links := map[string]string{}
		for _, l := range f.Links {
			links[l.Path[1:]] = l.Target
		}
		if seen != len(w.Objects) || len(links) != len(w.Links) || len(links) > 0 && links["soft"] != w.Links["soft"] {
			t.Errorf("%s: %d of %d objects, links %v of %v", name, seen, len(w.Objects), links, w.Links)
		}
		if compact := int64(32); raw != stored && raw != stored-compact {
			t.Errorf("%s: %d bytes of storage, h5py says %d", name, raw, stored)
		}
	}
}

func TestWhatLeadsOut(t *testing.T) {
	for _, name := range []string{"outside_earliest.h5", "outside_latest.h5"} {
		f := read(t, fixture(t, name))
		if f.UserBlock != 512 || len(f.Problems) > 0 || f.End != int64(len(fixture(t, name))) {
			t.Errorf("%s: a user block of %d, the end at %d, problems %v", name, f.UserBlock, f.End, f.Problems)
		}
		if len(f.Links) != 1 || f.Links[0].Kind != ExternalLink || f.Links[0].File != "/etc/other.h5" || f.Links[0].Target != "/secret" || f.Links[0].Path != "/external" {
			t.Errorf("%s: links %+v", name, f.Links)
		}
		files := map[string][]string{}
		for _, o := range f.Objects {
			if len(o.Files) > 0 {
				files[o.Path] = o.Files
			}
		}
		if !slices.Equal(files["/files"], []string{"/etc/passwd"}) || !slices.Equal(files["/virtual"], []string{"elsewhere.h5"}) {
			t.Errorf("%s: files %v", name, files)
		}
	}
}

// Each file cut off at many places, and with each of its bytes changed in turn,
// gives an error or problems and never more than its budget.
func TestDamagedFiles(t *testing.T) {
	for _, name := range []string{"kinds_earliest.h5", "kinds_latest.h5", "sequential.h5"} {
		whole := fixture(t, name)
		for cut := 0; cut < len(whole)-8; cut += 997 {
			f, err := Read(bytes.NewReader(whole[:cut]), int64(cut), DefaultBudget())
			if err == nil && len(f.Problems) == 0 {
				t.Errorf("%s: cut at %d nothing is missed", name, cut)
			}
		}
		step := max(len(whole)/400, 1)
		for i := 0; i < len(whole); i += step {
			b := slices.Clone(whole)
			b[i] ^= 0xff
			if f, err := Read(bytes.NewReader(b), int64(len(b)), DefaultBudget()); err == nil {
				covered(t, f, int64(len(b)))
			}
		}
	}
}

func TestBudgets(t *testing.T) {
	b := fixture(t, "kinds_latest.h5")
	for name, budget := range map[string]Budget{
		"objects":  {Objects: 3, Metadata: 1 << 30, Texts: 1 << 20, Extents: 1 << 20},
		"metadata": {Objects: 100, Metadata: 1000, Texts: 1 << 20, Extents: 1 << 20},
		"texts":    {Objects: 100, Metadata: 1 << 30, Texts: 10, Extents: 1 << 20},
		"extents":  {Objects: 100, Metadata: 1 << 30, Texts: 1 << 20, Extents: 4},
	} {
		f, err := Read(bytes.NewReader(b), int64(len(b)), budget)
		if err != nil || !slices.ContainsFunc(f.Problems, func(p Problem) bool { return strings.Contains(p.What, "budget") }) {
			t.Errorf("%s: %v %v", name, f, err)
		}
	}
}

// What PyTables makes of objects is found in the heap, though the references to it
// are packed.
func TestHeapObjects(t *testing.T) {
	b := fixture(t, "objects.h5")
	f := read(t, b)
	var all [][]byte
	each := func(e Extent) error {
		all = append(all, b[e.From:e.To])
		return nil
	}
	if err := f.HeapObjects(bytes.NewReader(b), int64(len(b)), 100, each); err != nil {
		t.Fatal(err)
	}
	pickles := 0
	for _, o := range all {
		if len(o) > 2 && o[0] == 0x80 && o[len(o)-1] == '.' {
			pickles++
		}
	}
	if pickles != 3 {
		t.Errorf("%d of 3 objects in %q", pickles, all)
	}
	if err := f.HeapObjects(bytes.NewReader(b), int64(len(b)), 2, each); err == nil || !strings.Contains(err.Error(), "budget") {
		t.Errorf("two of them: %v", err)
	}
	// Behind free space of a collection, at the border of two pieces that are read.
	at := bytes.Index(b, []byte("GCOL"))
	length := int64(binary.LittleEndian.Uint64(b[at+8:]))
	moved := append(make([]byte, 1<<20-3), b[at:at+int(length)]...)
	free := slices.Insert(slices.Clone(moved), 1<<20-3+16, append(make([]byte, 8), 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)...)
	binary.LittleEndian.PutUint64(free[1<<20-3+8:], uint64(length+24))
	for _, data := range [][]byte{moved, free} {
		n := len(all)
		all = nil
		err := f.HeapObjects(bytes.NewReader(data), int64(len(data)), 100, func(e Extent) error {
			all = append(all, data[e.From:e.To])
			return nil
		})
		if err != nil || len(all) == 0 || n > 0 && len(all) > n {
			t.Errorf("%d objects: %v", len(all), err)
		}
	}
}

func FuzzRead(f *testing.F) {
	all, err := filepath.Glob("testdata/*.h5")
	if err != nil || len(all) == 0 {
		f.Fatal(err)
	}
	for _, path := range all {
		f.Add(fixture(f, filepath.Base(path)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		budget := Budget{Objects: 1000, Metadata: 1 << 22, Texts: 1 << 20, Extents: 1000}
		if file, err := Read(bytes.NewReader(b), int64(len(b)), budget); err == nil {
			covered(t, file, int64(len(b)))
			_ = file.HeapObjects(bytes.NewReader(b), int64(len(b)), 1000, func(e Extent) error {
				if e.From < 0 || e.To <= e.From || e.To > int64(len(b)) {
					t.Fatalf("the object %v of %d bytes", e, len(b))
				}
				return nil
			})
		}
	})
}
