package tracking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// TestPageOfRunsIsBoundedByItsInputs cuts a page before 64 MiB of profiles, and
// goes on behind the cut. A brief page has none and is whole.
func TestPageOfRunsIsBoundedByItsInputs(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		data := tracking.Dataset{Name: "d", Digest: "1", Source: "s3://data", Profile: strings.Repeat("p", tracking.MaxDatasetProfile-100)}
		used := tracking.Inputs{Datasets: []tracking.DatasetInput{{Dataset: data}}}
		for i := range 6 {
			run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Name: fmt.Sprint(i), Start: int64(100 - i)}))
			if err := h.LogInputs(ctx, run.ID, used); err != nil {
				t.Fatal(err)
			}
		}
		names := func(runs []tracking.Run, profile string) (all []string) {
			t.Helper()
			for _, r := range runs {
				all = append(all, r.Name)
				if got := r.Inputs.Datasets[0].Dataset; got.Digest != "1" || got.Profile != profile {
					t.Errorf("run %s has a profile of %d bytes, want %d", r.Name, len(got.Profile), len(profile))
				}
			}
			return all
		}
		q := tracking.RunSearch{Experiments: []string{"0"}, Max: 10}
		first := must[tracking.RunPage](t)(h.SearchRuns(ctx, q))
		if diff := cmp.Diff([]string{"0", "1", "2", "3"}, names(first.Runs, data.Profile)); diff != "" || first.Next == "" {
			t.Fatalf("the first page, with the token %q: %s", first.Next, diff)
		}
		q.Token = first.Next
		second := must[tracking.RunPage](t)(h.SearchRuns(ctx, q))
		if diff := cmp.Diff([]string{"4", "5"}, names(second.Runs, data.Profile)); diff != "" || second.Next != "" {
			t.Errorf("the second page, with the token %q: %s", second.Next, diff)
		}
		q.Token, q.Brief = "", true
		brief := must[tracking.RunPage](t)(h.SearchRuns(ctx, q))
		if diff := cmp.Diff([]string{"0", "1", "2", "3", "4", "5"}, names(brief.Runs, "")); diff != "" || brief.Next != "" {
			t.Errorf("a brief page, with the token %q: %s", brief.Next, diff)
		}
	})
}

// TestPageOfRunsIsBoundedByItsTags cuts a page, a brief one as well, before
// 64 MiB of tags.
func TestPageOfRunsIsBoundedByItsTags(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		value := strings.Repeat("\U0001F6EB", tracking.MaxTagValue) // 4 bytes each
		const tags = 600                                            // 18 MiB a run
		for i := range 5 {
			run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Name: fmt.Sprint(i), Start: int64(100 - i)}))
			if err := db.Write(ctx, func(tx *rows.Tx) error {
				for n := range tags {
					if _, err := tx.Exec(ctx, `INSERT INTO tracking_tag (workspace, run, key, value) VALUES ('default', $1, $2, $3)`, run.ID, fmt.Sprint(n), value); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		var pages []string
		q := tracking.RunSearch{Experiments: []string{"0"}, Max: 10, Brief: true}
		for n := 0; n == 0 || q.Token != ""; n++ {
			p := must[tracking.RunPage](t)(h.SearchRuns(ctx, q))
			names := ""
			for _, r := range p.Runs {
				if len(r.Tags) < tags {
					t.Errorf("run %s has %d tags", r.Name, len(r.Tags))
				}
				names += r.Name
			}
			pages, q.Token = append(pages, names), p.Next
		}
		if diff := cmp.Diff([]string{"012", "34"}, pages); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	})
}
