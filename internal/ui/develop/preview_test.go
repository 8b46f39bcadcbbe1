package develop

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPreviewReads(t *testing.T) {
	t.Parallel()
	show := func(name, content string) *preview {
		v := &preview{Name: name, Size: int64(len(content))}
		v.read([]byte(content), true)
		return v
	}
	for _, c := range []struct {
		name, content string
		head          []string
		table         [][]string
		text          string
	}{
		{"a.csv", "a,b\n1,\"x,y\"\n", []string{"a", "b"}, [][]string{{"1", "x,y"}}, ""},
		{"a.tsv", "a\tb\n1\t2\n", []string{"a", "b"}, [][]string{{"1", "2"}}, ""},
		{"ragged.csv", "a,b\n1\n", []string{"a", "b"}, [][]string{{"1"}}, ""},
		{"broken.csv", "a,\"b\n", nil, nil, "a,\"b\n"},
		{"a.json", `{"a":1}`, nil, nil, "{\n  \"a\": 1\n}"},
		{"table.json", `{"columns":["a","b"],"data":[[1.50,"x"],[null,"y"]]}`, []string{"a", "b"}, [][]string{{"1.50", "x"}, {"–", "y"}}, ""},
		{"other.json", `{"columns":["a"],"data":[[1]],"index":[0]}`, nil, nil, "{\n  \"columns\": [\n    \"a\"\n  ],\n  \"data\": [\n    [\n      1\n    ]\n  ],\n  \"index\": [\n    0\n  ]\n}"},
		{"bad.json", `{"a":`, nil, nil, `{"a":`},
		{"quoted.json", `{"a\\":[": [[{\""]}`, nil, nil, "{\n  \"a\\\\\": [\n    \": [[{\\\"\"\n  ]\n}"},
		{"deep.json", strings.Repeat("[", 101) + strings.Repeat("]", 101), nil, nil, strings.Repeat("[", 101) + strings.Repeat("]", 101)},
	} {
		v := show(c.name, c.content)
		if d := cmp.Diff(c.head, v.Head) + cmp.Diff(c.table, v.Table) + cmp.Diff(c.text, v.Text); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	var long strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&long, "%d,x\n", i)
	}
	if v := show("long.csv", long.String()); len(v.Table) != previewRows || v.Why != "The first 200 rows." {
		t.Errorf("%d rows are shown, and %q said", len(v.Table), v.Why)
	}
}

// TestPreviewOfNestedJSON: indented, this file of 54 kB has 486 MB.
func TestPreviewOfNestedJSON(t *testing.T) {
	content := []byte(strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000))
	v := &preview{Name: "nested.json", Size: int64(len(content))}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v.read(content, true)
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 16<<20 {
		t.Errorf("%d bytes were taken for a file of %d", taken, len(content))
	}
	if v.Text != string(content) {
		t.Errorf("%d bytes are shown, want the %d as they are", len(v.Text), len(content))
	}
}

// TestPreviewOfWideTables: columns that are left out are told.
func TestPreviewOfWideTables(t *testing.T) {
	t.Parallel()
	line := "c" + strings.Repeat(",c", 2999) + "\n"
	names := `"c"` + strings.Repeat(`,"c"`, 2999)
	for name, c := range map[string]struct{ content, want string }{
		"wide.csv":  {line + line, "The first 60 of 3,000 columns."},
		"both.csv":  {line + strings.Repeat("1,2\n", 300), "The first 200 rows. The first 60 of 3,000 columns."},
		"wide.json": {`{"columns":[` + names + `],"data":[]}`, "The first 60 of 3,000 columns."},
		"slim.csv":  {"a,b\n1,2\n", ""},
	} {
		v := &preview{Name: name, Size: int64(len(c.content))}
		if v.read([]byte(c.content), true); v.Why != c.want || len(v.Head) > previewCells {
			t.Errorf("%s: %q is said of %d columns, want %q", name, v.Why, len(v.Head), c.want)
		}
	}
}

func TestBeginning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ content, want string }{
		{"one\ntwo\nth", "one\ntwo\n"}, {"one\n" + strings.Repeat("x", 20), "one\n" + strings.Repeat("x", 20)}, {"a line gr\xc3", "a line gr"}, {"grüß", "grüß"}, {"\xc3", ""}, {"", ""},
	} {
		if got := string(beginning([]byte(c.content))); got != c.want {
			t.Errorf("the beginning of %q is %q, want %q", c.content, got, c.want)
		}
	}
}

func TestIsText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		content string
		whole   bool
		want    bool
	}{
		{"grüße", true, true}, {"grü\n\xc3", false, true}, {"grü\xc3", true, false}, {"a\x00b", true, false}, {"one line", false, true}, {"one line gr\xc3", false, true}, {"\xc3(", false, false}, {"\xff\xfe\xff\xfe\xff", false, false}, {"", true, true},
	} {
		if got := isText([]byte(c.content), c.whole); got != c.want {
			t.Errorf("isText(%q, %v) = %v", c.content, c.whole, got)
		}
	}
}

// FuzzPreview: files are strangers' bytes.
func FuzzPreview(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", `{"columns":["a"],"data":[[1]]}`, "\"", "{", "a\tb"} {
		f.Add("x.csv", []byte(seed))
		f.Add("x.json", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		v := &preview{Name: name, Size: int64(len(content))}
		if !isText(content, true) {
			return
		}
		v.read(content, true)
		if len(v.Table) > previewRows || len(v.Head) > previewCells || len(v.Text) > max(4*previewBytes, len(content)) {
			t.Fatalf("more is shown than the limits allow: %d rows, %d columns, %d bytes", len(v.Table), len(v.Head), len(v.Text))
		}
	})
}
