package inspect

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestManyFilesAtOnce: a tree's parts and their order do not hang on how many
// files are inspected at once.
func TestManyFilesAtOnce(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	for i := range 60 {
		fsys[fmt.Sprintf("%d/model.pkl", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "\x80\x04K%cN\x86.", i)}
		fsys[fmt.Sprintf("%d/evil.pkl", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "cposix\nsystem\n(S'id %d'\ntR.", i)}
	}
	trees := map[int][]Part{}
	for _, workers := range []int{0, 8} {
		i := inspector(t)
		i.budget.Workers = workers
		if err := i.Tree(context.Background(), fsys, func(p Part) error {
			trees[workers] = append(trees[workers], p)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(trees[0], trees[8], cmpopts.IgnoreUnexported(Part{})); diff != "" || len(trees[8]) != len(fsys) {
		t.Errorf("%d parts of %d files:\n%s", len(trees[8]), len(fsys), diff)
	}
}
