package develop

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
)

func run(metrics map[string]float64, params map[string]string) runRow {
	return runRow{Metrics: metrics, Params: params}
}

func TestColumnsThatTellMostStandFirst(t *testing.T) {
	t.Parallel()
	rows := []runRow{
		run(map[string]float64{"rows": 10, "train_auc": 0.9, "valid_auc": 0.8}, map[string]string{"depth": "3", "seed": "7", "note": "x"}),
		run(map[string]float64{"valid_auc": 0.7}, map[string]string{"depth": "5", "seed": "7"}),
	}
	ids := func(all []column, shown bool) (ids []string) {
		for _, c := range all {
			if c.Shown == shown {
				ids = append(ids, c.id())
			}
		}
		return ids
	}
	all := columnsOf(rows, nil)
	if d := cmp.Diff([]string{"m:valid_auc", "m:train_auc", "m:rows", "p:depth", "p:note"}, ids(all, true)) + cmp.Diff([]string{"p:seed"}, ids(all, false)); d != "" {
		t.Error(d)
	}
	chosen := columnsOf(rows, []string{"p:seed", "m:gone"})
	if d := cmp.Diff([]string{"m:gone", "p:seed"}, ids(chosen, true)); d != "" {
		t.Error(d)
	}
	if one := columnsOf(rows[:1], nil); len(ids(one, true)) != 6 {
		t.Errorf("of a single run, %v are shown", ids(one, true))
	}
}

func TestGroupsJoinOneMeasureOnSeveralData(t *testing.T) {
	t.Parallel()
	var metrics []tracking.Metric
	for _, key := range []string{"auc", "rows", "system/cpu", "train_auc", "train_logloss", "validation_auc"} {
		metrics = append(metrics, tracking.Metric{Key: key})
	}
	var names []string
	for _, g := range groupsOf(metrics) {
		names = append(names, g.Name)
	}
	if d := cmp.Diff([]string{"auc", "auc", "train_logloss", "rows", "system/cpu"}, names); d != "" {
		t.Error(d)
	}
	first := groupsOf(metrics)[0]
	if d := cmp.Diff([]string{"train_auc", "validation_auc"}, first.Keys); d != "" {
		t.Error(d)
	}
	if got, want := first.title(metrics), "train_auc, validation_auc"; got != want {
		t.Errorf("its chart is headed %q, as that of the bare measure: want %q", got, want)
	}
}

// TestChosenColumnsStay: the columns of an address are shown whatever rows there
// are, metrics before params, and what names no column adds none.
func TestChosenColumnsStay(t *testing.T) {
	t.Parallel()
	row := runRow{Metrics: map[string]float64{"auc": 0.7}, Params: map[string]string{"depth": "8"}}
	chosen := []string{"p:eta", "m:loss", "m:auc", "x:y", "m:", "m:loss"}
	for _, c := range []struct {
		rows []runRow
		want []string
	}{
		{[]runRow{row}, []string{"m:auc", "m:loss", "p:eta"}},
		{nil, []string{"m:loss", "m:auc", "p:eta"}},
	} {
		var got []string
		for _, column := range (runList{Columns: columnsOf(c.rows, chosen)}).shown() {
			got = append(got, column.id())
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Error(d)
		}
	}
}
