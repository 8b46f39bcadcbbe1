package onnx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	found, err := filepath.Glob("testdata/*.onnx")
	if err != nil || len(found) < 6 {
		t.Fatal(found, err)
	}
	all := map[string][]byte{}
	for _, path := range found {
		if all[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestModelsThatConvertersWrote(t *testing.T) {
	for name, b := range fixtures(t) {
		m, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil || len(m.Problems)+len(m.Unknown) > 0 || len(m.Operators) == 0 || len(m.Opsets) == 0 || m.Producer == "" || m.Cycle() != nil {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestFacts(t *testing.T) {
	b := fixtures(t)["everything.onnx"]
	m, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(m.Operators, func(o Operator) bool { return o.Type == "Neg" }); i < 0 || m.Operators[i].Domain != "" || m.Operators[i].Count != 1 {
		t.Errorf("the operator of a branch: %v", m.Operators)
	}
	if len(m.External) != 1 || m.External[0].Location != "weights.bin" || m.External[0].From != 0 || m.External[0].Length != 24 || m.External[0].Needs != 24 || m.External[0].Tensor != "outer" {
		t.Errorf("external data: %+v", m.External)
	}
	if len(m.Functions) != 2 || m.Functions[0].Name != "Twice" || len(m.Functions[0].Calls) != 2 {
		t.Errorf("functions: %+v", m.Functions)
	}
	if len(m.Metadata) != 2 || m.Metadata[0].Key != "author" || string(b[m.Metadata[0].Offset:m.Metadata[0].Offset+m.Metadata[0].Length]) != "nobody" {
		t.Errorf("properties: %+v", m.Metadata)
	}
	if len(m.Raw) != 1 || m.Raw[0].To-m.Raw[0].From != 64*64*4 {
		t.Errorf("raw: %v", m.Raw)
	}
}

// field is a field of bytes, and number one of a varint.
func field(n int, parts ...[]byte) []byte {
	payload := slices.Concat(parts...)
	return slices.Concat(varint(uint64(n)<<3|2), varint(uint64(len(payload))), payload)
}

func number(n int, v uint64) []byte { return slices.Concat(varint(uint64(n)<<3), varint(v)) }

func varint(v uint64) []byte {
	var out []byte
	for ; v >= 0x80; v >>= 7 {
		out = append(out, byte(v)|0x80)
	}
	return append(out, byte(v))
}

func text(n int, s string) []byte { return field(n, []byte(s)) }

func TestProblems(t *testing.T) {
	initializer := func(tensor ...[]byte) []byte { return field(7, field(5, tensor...)) }
	function := func(name, calls string) []byte {
		return field(25, text(1, name), text(10, "local"), field(7, text(4, calls), text(7, "local")))
	}
	graph := field(7, text(2, "g"))
	long := bytes.Repeat([]byte{0x01}, 8)
	for name, c := range map[string]struct {
		b    []byte
		kind ProblemKind
	}{
		"too few bytes":        {initializer(number(1, 3), number(2, 1), field(9, make([]byte, 8))), Shape},
		"a negative dimension": {initializer(number(1, 1<<63), number(2, 1)), Shape},
		"dimensions overflow":  {initializer(number(1, 1<<40), number(1, 1<<40), number(2, 1)), Shape},
		"packed and overflow":  {initializer(field(1, varint(1<<40), varint(1<<40)), number(2, 1)), Shape},
		"no number":            {initializer(number(14, 1), field(13, text(1, "offset"), text(2, "-1"))), Placement},
		"an index outside":     {field(7, field(15, field(1, number(1, 1), number(2, 1)), field(2, number(1, 1), number(2, 7), field(9, long)), number(3, 4))), Sparse},
		"an index of a list":   {field(7, field(15, field(1, number(1, 1), number(2, 1)), field(2, number(1, 1), number(2, 7), field(7, varint(9))), number(3, 4))), Sparse},
		"indices of a shape":   {field(7, field(15, field(1, number(1, 2), number(2, 1)), field(2, number(1, 1), number(2, 7)), number(3, 4))), Sparse},
	} {
		m, err := Read(bytes.NewReader(c.b), int64(len(c.b)))
		if err != nil || len(m.Problems) == 0 || m.Problems[0].Kind != c.kind {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	b := slices.Concat(graph, function("a", "b"), function("b", "c"), function("c", "b"), function("d", "a"))
	m, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil || !slices.Equal(m.Cycle(), []string{"b", "c"}) {
		t.Errorf("functions that use each other: %+v, %v", m, err)
	}
	b = slices.Concat(graph, number(99, 1))
	if m, err = Read(bytes.NewReader(b), int64(len(b))); err != nil || len(m.Unknown) != 1 || m.Unknown[0].Number != 99 {
		t.Errorf("a field that is not known: %+v, %v", m, err)
	}
}

func TestOtherBytes(t *testing.T) {
	deep := graphs(200)
	for name, b := range map[string][]byte{
		"nothing": {}, "text": []byte("hello, world"), "no graph": number(1, 8), "cut": field(7, text(2, "g"))[:4],
		"a length beyond the end": {7<<3 | 2, 0xff, 0xff, 0xff, 0xff, 0x0f}, "a group": {7<<3 | 3}, "field 0": {0, 0}, "deep": deep,
	} {
		if m, err := Read(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if _, err := Read(bytes.NewReader(nil), 0); !errors.Is(err, ErrOther) {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := Read(bytes.NewReader(deep), int64(len(graphs(20)))); err == nil {
		t.Error("a size that is not the message's")
	}
}

// graphs is a model whose graph has a node whose attribute is a graph, and so on.
func graphs(n int) []byte {
	var b []byte
	for range n {
		b = field(1, field(5, field(6, b)))
	}
	return field(7, b)
}

func FuzzRead(f *testing.F) {
	for _, b := range fixtures(f) {
		f.Add(b)
	}
	f.Add(graphs(20))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		m.Cycle()
		at := int64(0)
		for _, r := range m.Raw {
			if r.From < at || r.To <= r.From || r.To > int64(len(b)) {
				t.Errorf("raw %v of %d bytes", m.Raw, len(b))
			}
			at = r.To
		}
	})
}

// Texts that nobody keeps are told as a limit, and no more of them is held.
func TestLongTexts(t *testing.T) {
	var nodes []byte
	for i := range 8000 {
		nodes = append(nodes, field(1, text(4, strings.Repeat("x", 4000)), text(7, strconv.Itoa(i)))...)
	}
	b := slices.Concat(number(1, 8), field(7, nodes))
	m, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(m.Problems) != 1 || m.Problems[0].Kind != Limit || len(m.Operators) > 7000 {
		t.Errorf("%d operators, %v, %v", len(m.Operators), m.Problems, err)
	}
}
