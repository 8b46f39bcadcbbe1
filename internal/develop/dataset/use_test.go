package dataset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// knownRuns are the runs that the caller may see.
type knownRuns []string

func (k knownRuns) Heads(_ context.Context, ids []string) (map[string]RunHead, error) {
	all := map[string]RunHead{}
	for _, id := range ids {
		if slices.Contains(k, id) {
			all[id] = RunHead{"run " + id, "1"}
		}
	}
	return all, nil
}

func (k knownRuns) Models(_ context.Context, runs []string) (map[string][]ModelVersion, error) {
	return map[string][]ModelVersion{runs[0]: {{"churn", 3}}}, nil
}

// TestUses: what a run says of its data is found both ways, for runs that may be seen.
func TestUses(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		l.Runs = knownRuns{"a", "b", "c"}
		at := l.pushFolder("churn", map[string]string{"x": "1"})
		use := func(in Input, want int) {
			t.Helper()
			l.now = l.now.Add(time.Second)
			if err := l.DB.Write(l.ctx, func(tx *rows.Tx) error {
				names, err := l.NoteUse(l.ctx, tx, in)
				if len(names) != want || want == 1 && names[0].String() != DataURN(at).String() {
					t.Errorf("%+v: %v", in, names)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		source := fmt.Sprintf(`{"url": "http://127.0.0.1:5000/w/team/dvc/churn/%s?x=1"}`, at.Path(0))
		use(Input{Run: "a", Source: source, Context: "training"}, 1)
		use(Input{Run: "a", Source: source, Context: "training"}, 1) // once more
		use(Input{Run: "b", Source: "anything", MD5: at.String(), Context: strings.Repeat("é", 300)}, 1)
		use(Input{Run: "hidden", MD5: at.String()}, 1)
		use(Input{Run: "c", Source: "/data/x.csv", MD5: "none"}, 0)
		var got []string
		for _, u := range pages(t, 1, func(p Paging) ([]Use, string, error) { return l.Uses(l.ctx, at, p) }) {
			got = append(got, fmt.Sprintf("%s %s %s %d %d", u.Run, u.RunName, u.By, len(u.Context), len(u.Models)))
		}
		if want := []string{"b run b tag 250 1", "a run a source 8 1"}; !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		of, err := l.DataOf(l.ctx, "a")
		if err != nil || len(of) != 1 || of[0].ID != at || of[0].By != BySource || len(of[0].Versions) != 1 || of[0].Versions[0].Remote != "churn" {
			t.Errorf("%+v %v", of, err)
		}
		if of, err := l.DataOf(in("team"), "a"); err != nil || len(of) != 0 {
			t.Error(of, err)
		}
	})
}

func TestObjectAt(t *testing.T) {
	const md5 = "6fdb5336fce0dbfd669f83065f107551"
	for address, want := range map[string]string{
		"http://h/dvc/churn/files/md5/6f/db5336fce0dbfd669f83065f107551":                 md5,
		"https://h/prefix/w/t/dvc/churn/files/md5/6f/db5336fce0dbfd669f83065f107551.dir": md5 + ".dir",
		"s3://churn/files/md5/6f/db5336fce0dbfd669f83065f107551":                         md5,
		"/home/ada/.dvc/cache/files/md5/6f/db5336fce0dbfd669f83065f107551":               md5,
		"http://h/dvc/churn/6f/db5336fce0dbfd669f83065f107551":                           md5,
		"s3://churn/6f/db5336fce0dbfd669f83065f107551":                                   md5,
		"http://h/elsewhere/6f/db5336fce0dbfd669f83065f107551":                           "",
		"http://h/dvc/churn/files/md5/6F/db5336fce0dbfd669f83065f107551":                 "",
		"http://h/dvc/churn/files/md5/6f/db5336fce0dbfd669f83065f107551/x":               "",
		"data/raw/dataset.csv": "", "": "", "http://[": "",
	} {
		got := ""
		if id, ok := objectAt(address); ok {
			got = id.String()
		}
		if got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}
