package tflite

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed schema.txt
var schemaText string

// slot is a field of a table.
type slot struct {
	name   string
	size   int            // of a number, or of each in a vector of numbers
	vector bool           // of numbers, texts or tables
	text   bool           // zero-terminated bytes with a length
	table  *table         // that it points to
	union  map[int]*table // by the number in the slot before
}

// table is a type of tables.
type table struct {
	name  string
	slots map[int]*slot
}

// parseSchema reads the lines "table slot field kind" and "union name number
// table", and gives the table of models.
func parseSchema(text string) (*table, error) {
	tables, unions := map[string]*table{}, map[string]map[int]*table{}
	named := func(name string) *table {
		if tables[name] == nil {
			tables[name] = &table{name: name, slots: map[int]*slot{}}
		}
		return tables[name]
	}
	union := func(name string) map[int]*table {
		if unions[name] == nil {
			unions[name] = map[int]*table{}
		}
		return unions[name]
	}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
			continue
		case len(f) != 4:
			return nil, fmt.Errorf("tflite: the schema has a line %q", line)
		}
		n, err := strconv.Atoi(f[2])
		if f[0] == "union" && err == nil {
			union(f[1])[n] = named(f[3])
			continue
		}
		t := named(f[0])
		if f[1] == "-" {
			continue // a table without fields
		}
		if n, err = strconv.Atoi(f[1]); err != nil {
			return nil, fmt.Errorf("tflite: the schema has a line %q", line)
		}
		s := &slot{name: f[0] + "." + f[2]}
		kind, ok := strings.CutPrefix(f[3], "[")
		if s.vector = ok; ok {
			kind = strings.TrimSuffix(kind, "]")
		}
		name, isUnion := strings.CutPrefix(kind, "union:")
		switch size, err := strconv.Atoi(kind); {
		case err == nil:
			s.size = size
		case isUnion:
			s.union = union(name)
		case kind == "string":
			s.text = true
		default:
			s.table = named(kind)
		}
		t.slots[n] = s
	}
	return named("Model"), nil
}
