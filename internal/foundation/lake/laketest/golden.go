package laketest

import (
	"context"
	_ "embed"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// What pandas and numpy say of a table; testdata/golden.py made both.
var (
	//go:embed testdata/golden.csv
	goldenTable string
	//go:embed testdata/golden.json
	goldenProfile []byte
)

func golden(t *testing.T, s *lake.Store) {
	var want map[string]struct {
		Count, Nulls, Distinct     int64
		Low, High, Mean, Deviation float64
		Histogram                  []int64
		Top                        [][2]any
	}
	if err := json.Unmarshal(goldenProfile, &want); err != nil {
		t.Fatal(err)
	}
	p, err := s.Profile(context.Background(), csv(t, goldenTable), lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Columns) != len(want) {
		t.Fatalf("got %s", told(p.Description))
	}
	for i, c := range p.Columns {
		got, want := p.Values[i], want[c.Name]
		if got.Count != want.Count || got.Nulls != want.Nulls || got.Distinct != want.Distinct || !got.Exact || got.Low != want.Low || got.High != want.High {
			t.Errorf("%s: got %+v, want %+v", c.Name, got, want)
		}
		// As exact as places between Low and High are told.
		near := (want.High-want.Low)*1e-9 + math.Abs(want.Mean)*1e-14
		if math.Abs(got.Mean-want.Mean) > near || math.Abs(got.Deviation-want.Deviation) > near {
			t.Errorf("%s: got %g ± %g, want %g ± %g", c.Name, got.Mean, got.Deviation, want.Mean, want.Deviation)
		}
		if diff := cmp.Diff(want.Histogram, got.Histogram); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.Name, diff)
		}
		for j, top := range want.Top {
			if text := strings.ToLower(top[0].(string)); j >= len(got.Top) || got.Top[j].Text != text || got.Top[j].Rows != int64(top[1].(float64)) {
				t.Errorf("%s: got %v, want %v", c.Name, got.Top, want.Top)
				break
			}
		}
	}
}
