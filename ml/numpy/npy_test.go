package numpy

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// npy is a file of version 1 with a header.
func npy(header string) []byte {
	out := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	return append(out, header...)
}

func TestReadHeader(t *testing.T) {
	t.Parallel()
	f8 := Dtype{Kind: 'f', Order: '<', Size: 8}
	for header, want := range map[string]Header{
		"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }  \n": {Type: f8, Shape: []int64{3, 4}, Size: 96},
		"{'descr': '<f8', 'fortran_order': True, 'shape': (3L,), }\n":     {Type: f8, Shape: []int64{3}, Fortran: true, Size: 24},
		"{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n":       {Type: f8, Shape: []int64{}, Size: 8},
		"{'descr': '<f8', 'fortran_order': False, 'shape': (0, 7), }\n":   {Type: f8, Shape: []int64{0, 7}},
		"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n":      {Type: Dtype{Kind: 'O', Order: '|', Size: 8, HasObject: true}, Shape: []int64{2}},
		"{'descr': '<U5', 'fortran_order': False, 'shape': (2,), }\n":     {Type: Dtype{Kind: 'U', Order: '<', Size: 20}, Shape: []int64{2}, Size: 40},
		"{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2,), }\n": {Type: Dtype{Kind: 'M', Order: '<', Size: 8, Unit: "ns"}, Shape: []int64{2}, Size: 16},
		"{'descr': [('a', '<i4'), (('title', 'b'), '<f8', (2,))], 'fortran_order': False, 'shape': (3,), }\n": {Type: Dtype{Kind: 'V', Order: '|', Size: 20, Fields: []Field{
			{Name: "a", Type: Dtype{Kind: 'i', Order: '<', Size: 4}}, {Name: "b", Offset: 4, Type: f8, Shape: []int64{2}},
		}}, Shape: []int64{3}, Size: 60},
	} {
		got, err := ReadHeader(bytes.NewReader(npy(header)))
		want.Offset = int64(10 + len(header))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", header, err, diff)
		}
	}
}

// TestBadHeaders: each is refused with what is wrong.
func TestBadHeaders(t *testing.T) {
	t.Parallel()
	header := func(descr, shape string) []byte {
		return npy("{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + "}")
	}
	for want, data := range map[string][]byte{
		"no header":                      []byte("\x93NUM"),
		"magic":                          []byte("NUMPY files are not texts"),
		"version 9":                      []byte("\x93NUMPY\x09\x00\x01\x00{}"),
		"cut off after 2 of 5":           []byte("\x93NUMPY\x01\x00\x05\x00{}"),
		"more than 1048576":              append([]byte("\x93NUMPY\x02\x00"), binary.LittleEndian.AppendUint32(nil, 1<<31)...),
		"literal that a header has":      header("__import__('os')", "(1,)"),
		"deep in each other":             npy(strings.Repeat("(", 9000)),
		"type \"<q8\" is not known":      header("'<q8'", "(1,)"),
		"no such size: 7":                header("'<f7'", "(1,)"),
		"shape is no tuple":              header("'<f8'", "[1]"),
		"more than 1 TiB":                header("'<f8'", "(4294967296, 4294967296)"),
		"twice":                          npy("{'descr': '<f8', 'descr': '<f4', 'shape': ()}"),
		"neither a type nor a list":      header("7", "(1,)"),
		"fortran_order is neither":       npy("{'descr': '<f8', 'fortran_order': 1, 'shape': ()}"),
		"is no dict of descr":            npy("{'descr': '<f8'}"),
		"is not the end":                 npy("{} {}"),
		"a text that ends":               npy("{'descr"),
		"numpy: byte 1 of the header is": npy("{7: 8}"),
	} {
		if _, err := ReadHeader(bytes.NewReader(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", data[:min(len(data), 60)], err, want)
		}
	}
}

// FuzzReadHeader: no panic, and no size that the shape does not have.
func FuzzReadHeader(f *testing.F) {
	f.Add(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }  \n"))
	f.Add(npy("{'descr': [('a', '|O'), ('b', ('<f8', (2,)))], 'fortran_order': True, 'shape': (3,), }\n"))
	f.Add([]byte("\x93NUMPY\x02\x00\x02\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ReadHeader(bytes.NewReader(data))
		if err == nil && (h.Size < 0 || h.Size > mostItem || h.Offset > int64(len(data))) {
			t.Fatalf("%+v", h)
		}
	})
}
