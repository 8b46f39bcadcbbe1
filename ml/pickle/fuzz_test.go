package pickle

import (
	"bytes"
	"io"
	"slices"
	"testing"
)

// FuzzScan: whatever the bytes are, the coverage is the file, a file that was
// not read whole is not clean, and memory and file say the same.
func FuzzScan(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	v := vetting(f)
	b := DefaultBudget()
	b.Opcodes, b.NestedBytes = 1<<20, 1<<16
	f.Fuzz(func(t *testing.T, data []byte) {
		r := Scan(Memory(data), int64(len(data)), v, b)
		covers(t, r)
		if r.Status != Complete && r.Verdict == Clean {
			t.Fatalf("%s (%s) and clean", r.Status, r.Reason)
		}
		if len(r.Coverage.Unparsed) > 0 && r.Status == Complete {
			t.Fatalf("complete, and %v unparsed", r.Coverage.Unparsed)
		}
		if err := r.Why(io.Discard); err != nil {
			t.Fatal(err)
		}
		file := Scan(bytes.NewReader(data), int64(len(data)), v, b)
		covers(t, file)
		if file.Verdict != r.Verdict || file.Status != r.Status || !slices.Equal(file.Findings, r.Findings) {
			t.Fatalf("from a file: %s, %s, %v\nfrom memory: %s, %s, %v", file.Status, file.Verdict, file.Findings, r.Status, r.Verdict, r.Findings)
		}
	})
}

// FuzzLoad: whatever the bytes are, a graph that is given can be walked.
func FuzzLoad(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	v := vetting(f)
	b := DefaultBudget()
	b.Opcodes = 1 << 20
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := Load(Memory(data), int64(len(data)), v, b)
		if err != nil {
			return
		}
		left := 10_000
		walk(g, g.Root, &left)
	})
}

func walk(g *Graph, v Value, left *int) {
	if *left--; *left < 0 {
		return
	}
	g.Text(v)
	g.Bytes(v)
	g.Int(v)
	g.Big(v)
	g.Float(v)
	g.Name(v)
	g.Array(v)
	for _, x := range append([]Value{g.Args(v), g.State(v)}, g.Items(v)...) {
		if *left > 0 && x != v && x.Kind() != Absent {
			walk(g, x, left)
		}
	}
}
