package develop

import (
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
)

// TestCommand: what is typed in a working copy tells the same as the page, of the same file by the same key.
func TestCommand(t *testing.T) {
	at := func(commit string) dataset.Version {
		return dataset.Version{ID: object.ID{Dir: true}, Places: []dataset.Place{{Path: "data", Commit: commit}}}
	}
	v := differenceView{Before: at("aaaa"), After: at("bbbb"), Name: "data"}
	if got := v.command(); got != "tacit data diff aaaa bbbb" {
		t.Error(got)
	}
	v.Path, v.Rows = "it's/t.csv", &rowsView{Key: "id, day"}
	if got, want := v.command(), `tacit data diff aaaa bbbb --rows --targets 'data/it'"'"'s/t.csv' --key 'id,day'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
