package savedmodel

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixtures are all files below testdata that end so.
func fixtures(t testing.TB, ending string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir("testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ending) {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(filepath.ToSlash(path), "testdata/")] = b
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all
}

func inputs() Inputs {
	return Inputs{"ReadFile": 0, "WriteFile": 0, "PrintV2": 0, "RestoreV2": 0, "SaveV2": 0, "InitializeTableFromTextFileV2": 1, "Assert": -1}
}

func read(t *testing.T, b []byte) *Model {
	t.Helper()
	m, err := Read(bytes.NewReader(b), int64(len(b)), inputs())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatTensorFlowSaves(t *testing.T) {
	kinds := map[string]string{"saved_model.pb": "saved model", "fingerprint.pb": "fingerprint", "keras_metadata.pb": "keras metadata", "frozen.pb": "graph"}
	for name, b := range fixtures(t, ".pb") {
		m := read(t, b)
		if m.Kind != kinds[filepath.Base(name)] || len(m.Unknown)+len(m.Problems)+len(m.Missing) > 0 {
			t.Errorf("%s: %s, unknown %v, problems %v, missing %v", name, m.Kind, m.Unknown, m.Problems, m.Missing)
		}
		if strings.HasSuffix(name, "saved_model.pb") && (m.Functions == 0 || len(m.Operators) < 4) {
			t.Errorf("%s: %d functions, %d operators", name, m.Functions, len(m.Operators))
		}
	}
}

func TestPathsOfNodes(t *testing.T) {
	all := fixtures(t, "saved_model.pb")
	var got []string
	for _, u := range read(t, all["bad/saved_model.pb"]).Uses {
		for _, p := range u.Paths {
			got = append(got, u.Operator+" "+p.Value)
		}
		if u.Stream != "" {
			got = append(got, u.Operator+" "+u.Stream)
		}
	}
	for _, want := range []string{"ReadFile /etc/passwd", "WriteFile /tmp/written", "PrintV2 file:///tmp/printed"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not among %q", want, got)
		}
	}
	m := read(t, all["vocabulary/saved_model.pb"])
	if len(m.Assets) != 1 || m.Assets[0].Name != "words.txt" || m.Assets[0].Tensor == "" {
		t.Errorf("assets: %+v", m.Assets)
	}
	for _, u := range m.Uses {
		if len(u.Paths) > 0 {
			t.Errorf("a path that the loader gives: %+v", u)
		}
	}
}

func TestDocumentsOfKeras(t *testing.T) {
	b := fixtures(t, "keras_metadata.pb")["keras2_lambda/keras_metadata.pb"]
	m := read(t, b)
	if len(m.Documents) < 2 || !slices.ContainsFunc(m.Documents, func(d Document) bool {
		return strings.Contains(string(b[d.Offset:d.Offset+d.Length]), `"class_name": "Lambda"`)
	}) {
		t.Errorf("documents: %+v", m.Documents)
	}
}

func TestIndexes(t *testing.T) {
	data := fixtures(t, ".data-00000-of-00001")
	for name, b := range fixtures(t, ".index") {
		x, err := ReadIndex(bytes.NewReader(b), int64(len(b)))
		if err != nil || x.Shards != 1 || len(x.Entries) == 0 {
			t.Errorf("%s: %+v, %v", name, x, err)
			continue
		}
		total := int64(0)
		for _, e := range x.Entries {
			total += e.Size
		}
		if want := int64(len(data[strings.TrimSuffix(name, ".index")+".data-00000-of-00001"])); total != want {
			t.Errorf("%s: %d bytes of %d", name, total, want)
		}
	}
}

func TestOtherBytes(t *testing.T) {
	for name, b := range map[string][]byte{"nothing": {}, "text": []byte("a text"), "a version": {8, 1}, "cut": fixtures(t, "frozen.pb")["frozen.pb"][:100]} {
		if m, err := Read(bytes.NewReader(b), int64(len(b)), inputs()); err == nil {
			t.Errorf("%s: %+v", name, m)
		}
		if x, err := ReadIndex(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range fixtures(f, ".pb") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(bytes.NewReader(b), int64(len(b)), inputs())
		if err != nil {
			return
		}
		for _, d := range m.Documents {
			if d.Offset < 0 || d.Length < 0 || d.Offset+d.Length > int64(len(b)) {
				t.Errorf("the document %+v of %d bytes", d, len(b))
			}
		}
	})
}

func FuzzReadIndex(f *testing.F) {
	for _, b := range fixtures(f, ".index") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := ReadIndex(bytes.NewReader(b), int64(len(b))); err == nil {
			for _, e := range x.Entries {
				if e.Offset < 0 || e.Size < 0 {
					t.Errorf("%+v", e)
				}
			}
		}
	})
}

// Texts that nobody keeps are told as a limit, and no more of them is held.
func TestLongTexts(t *testing.T) {
	var b []byte
	for i := range 30000 {
		node := slices.Concat([]byte{0x12, 0x84, 0x07}, bytes.Repeat([]byte("x"), 896), fmt.Appendf(nil, "%04d", i%10000))
		node = append(node, fmt.Appendf([]byte{0x0a, 5}, "%05d", i)...)
		node[len(node)-1-5-2-4] = byte('a' + i/10000)
		b = append(b, slices.Concat([]byte{0x0a, byte(len(node)&0x7f) | 0x80, byte(len(node) >> 7)}, node)...)
	}
	m := read(t, b)
	if len(m.Problems) != 1 || len(m.Operators) > 28000 || len(m.Operators) < 20000 {
		t.Errorf("%d operators, %v", len(m.Operators), m.Problems)
	}
}
