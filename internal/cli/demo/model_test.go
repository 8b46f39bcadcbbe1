package demo

import (
	"bytes"
	"math"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/tacit-ml/tacit/ml/tree"
)

// A zero is a value, NaN is none: the models depend on the difference.
func TestTableKeepsZeros(t *testing.T) {
	t.Parallel()
	in := &table{data: &tree.Data{Names: features[:], Columns: make([][]float32, len(features))}, labels: []float32{0, 1, 0}}
	for j := range in.data.Columns {
		in.data.Columns[j] = []float32{0, float32(math.NaN()), float32(j) + 0.5}
	}
	text, err := tableFile(in)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[struct {
		Origin *float32 `parquet:"origin,optional"`
		Visib  *float32 `parquet:"visib,optional"`
		Late   bool     `parquet:"late"`
	}](bytes.NewReader(text), int64(len(text)))
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[0].Origin == nil || *rows[0].Origin != 0 || rows[1].Origin != nil || *rows[2].Visib != 14.5 || !rows[1].Late || rows[0].Late {
		t.Errorf("read back %+v", rows)
	}
}
