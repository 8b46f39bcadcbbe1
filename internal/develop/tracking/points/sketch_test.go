package points_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/develop/tracking/points"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// TestSketchesOfManyRuns: a short history is sampled as it is, wherever its
// points lie; of a long one few chunks are read, which a chunk that nobody can
// decode shows, and its ends are told all the same.
func TestSketchesOfManyRuns(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		r, ctx := newReplica(db, newLedger()), in("default")
		r.log(t, ctx, "merged", series("m", 0, 900, 1), series("other", 0, 50, 1))
		r.merge(t, ctx, "merged")
		r.log(t, ctx, "both", series("m", 0, 300, 1))
		r.merge(t, ctx, "both")
		r.log(t, ctx, "both", series("m", 300, 420, 1))
		for i := range int64(30) {
			r.log(t, ctx, "open", series("m", i, i+1, 1), series("other", i, i+1, 1))
		}
		r.log(t, ctx, "one", series("m", 7, 8, 1))
		r.log(t, ctx, "none", series("other", 0, 5, 1))
		r.log(t, in("team"), "one", series("m", 100, 200, 1))
		const n = 61_440 // fifteen chunks
		r.log(t, ctx, "long", series("m", 0, n, 1))
		r.merge(t, ctx, "long")
		spoilt, err := db.SQL().ExecContext(ctx, "UPDATE tracking_chunk SET bytes = $1 WHERE run = 'long' AND part IN (1, 4, 9)", []byte{0})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := spoilt.RowsAffected(); err != nil || n != 3 {
			t.Fatalf("%d chunks are spoilt, %v", n, err)
		}
		const most = 48
		sketches := map[string][]curve.Point{}
		all := []string{"open", "merged", "both", "one", "none", "long", "one", "absent"}
		err = r.Sketch(ctx, all, "m", most, func(run string, found []curve.Point) {
			if sketches[run] != nil {
				t.Errorf("%s is handed over twice", run)
			}
			sketches[run] = found
		})
		if err != nil {
			t.Fatal(err)
		}
		long := sketches["long"]
		delete(sketches, "long")
		want := map[string][]curve.Point{}
		if err := r.SampleHistory(ctx, points.Sample{Runs: []string{"open", "merged", "one"}, Key: "m", Max: most}, func(run string, found []curve.Point) { want[run] = found }); err != nil {
			t.Fatal(err)
		}
		both := sketches["both"]
		delete(sketches, "both")
		if diff := cmp.Diff(want, sketches); diff != "" {
			t.Error(diff)
		}
		for name, c := range map[string]struct {
			sketch []curve.Point
			last   int64
		}{"of segments and chunks": {both, 419}, "of a long history": {long, n - 1}} {
			if len(c.sketch) != most || c.sketch[0].Step != 0 || c.sketch[most-1].Step != c.last {
				t.Fatalf("a sketch %s has %d points, from step %d to %d", name, len(c.sketch), c.sketch[0].Step, c.sketch[len(c.sketch)-1].Step)
			}
			for i := 1; i < most; i++ {
				if gap := c.sketch[i].Step - c.sketch[i-1].Step; gap <= 0 || gap > c.last/4 {
					t.Errorf("a sketch %s goes from step %d to %d", name, c.sketch[i-1].Step, c.sketch[i].Step)
				}
			}
		}
	})
}
