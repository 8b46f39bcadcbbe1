package points_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/develop/tracking/points"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// TestHistoryReadsNoFurtherThanItsPage puts chunks that nobody can decode
// behind the page: what is not wanted is not read. Late points lie in segments
// and in chunks of their own.
func TestHistoryReadsNoFurtherThanItsPage(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		r, ctx := newReplica(db, newLedger()), in("default")
		const n = 16_384 // four chunks
		r.log(t, ctx, "run", series("m", 0, 2*n, 2))
		r.merge(t, ctx, "run")
		r.log(t, ctx, "run", series("m", 1, 2000, 2)) // late: they become a chunk that begins before others end
		r.merge(t, ctx, "run")
		r.log(t, ctx, "run", series("m", 2001, 3000, 2)) // later still: they stay a segment
		whole := r.history(t, ctx, "run", "m", 0)
		if len(whole) != n+1500 {
			t.Fatalf("%d points, want %d", len(whole), n+1500)
		}
		if diff := cmp.Diff(whole, r.history(t, ctx, "run", "m", 5000)); diff != "" {
			t.Fatalf("in pages: %s", diff)
		}
		if _, err := db.SQL().ExecContext(ctx, "UPDATE tracking_chunk SET bytes = $1 WHERE first_timestamp > 10000", []byte{0}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.History(ctx, "run", "m", points.HistoryPage{}); err == nil {
			t.Fatal("no chunk was spoilt")
		}
		page, next, err := r.History(ctx, "run", "m", points.HistoryPage{Max: 4000})
		if err != nil || next == "" {
			t.Fatalf("a page before what is spoilt: %v", err)
		}
		if diff := cmp.Diff(whole[:4000], page); diff != "" {
			t.Error(diff)
		}
		if _, _, err := r.History(ctx, "run", "other", points.HistoryPage{Max: 4000, Token: next}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a token of another key's history: %v", err)
		}
		var bulk []curve.Point
		err = r.BulkHistory(ctx, []string{"run", "none", "run"}, "m", 4000, func(_ string, found []curve.Point) { bulk = append(bulk, found...) })
		if err != nil || len(bulk) != 4000 || bulk[3999] != whole[3999] {
			t.Errorf("%d points in bulk before what is spoilt, %v", len(bulk), err)
		}
	})
}

// TestLongHistory goes over many chunks and asks for pages from the middle.
func TestLongHistory(t *testing.T) {
	t.Parallel()
	r, ctx := newReplica(rowstest.SQLite(t, schemas()), newLedger()), in("default")
	const n = 20_000
	for b := range int64(n / 1000) {
		loss := series("loss", b*1000, (b+1)*1000, 1)
		for i := range loss.Points {
			p := &loss.Points[i]
			p.Value, p.Timestamp = 1/float64(p.Step+1), 1_764_000_000_000+p.Step*250
		}
		r.log(t, ctx, "run", loss)
		if b%3 == 0 {
			r.merge(t, ctx, "run")
		}
	}
	all := r.history(t, ctx, "run", "loss", 777)
	if len(all) != n {
		t.Fatalf("%d points, want %d", len(all), n)
	}
	for i, p := range all {
		if p.Step != int64(i) || p.Value != 1/float64(i+1) {
			t.Fatalf("point %d is %+v", i, p)
		}
	}
	from, to := int64(19), int64(100)
	for _, c := range []struct {
		query points.Sample
		want  []int64 // steps of the first, the second and the last
		count int
	}{
		{points.Sample{Max: 320}, []int64{0, 63, n - 1}, 320},
		{points.Sample{Max: 1}, []int64{n - 1}, 1},
		{points.Sample{Max: 5, First: &from, Last: &to}, []int64{19, 36, 100}, 5},
	} {
		c.query.Runs, c.query.Key = []string{"run"}, "loss"
		var got []curve.Point
		if err := r.SampleHistory(ctx, c.query, func(_ string, found []curve.Point) { got = found }); err != nil {
			t.Fatal(err)
		}
		if len(got) != c.count {
			t.Fatalf("a sample of %d points, want %d", len(got), c.count)
		}
		steps := []int64{got[0].Step}
		if len(got) > 1 {
			steps = append(steps, got[1].Step, got[len(got)-1].Step)
		}
		if diff := cmp.Diff(c.want, steps); diff != "" {
			t.Error(diff)
		}
	}
}
