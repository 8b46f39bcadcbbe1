package develop

import (
	"fmt"
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

func TestIsText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		content string
		whole   bool
		want    bool
	}{
		{"grüße", true, true}, {"grü\n\xc3", false, true}, {"grü\xc3", true, false}, {"a\x00b", true, false}, {"\xff\xfe\xff\xfe\xff", false, false}, {"", true, true},
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
		if len(v.Table) > previewRows || len(v.Head) > previewCells || len(v.Text) > 4*previewBytes+len(content) {
			t.Fatalf("more is shown than the limits allow: %d rows, %d columns, %d bytes", len(v.Table), len(v.Head), len(v.Text))
		}
	})
}
