package browser

import (
	"context"
	"crypto/md5"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// described is the room of data with what is known of a table without asking for it, and
// the runs that used any version.
type described struct {
	*dataset.Service
	tables map[object.ID]lake.Profile
	failed object.ID
	runs   []string
}

// ProfileOf gives what is known.
func (d *described) ProfileOf(ctx context.Context, remote string, file object.ID) (dataset.Profiled, error) {
	p, ok := d.tables[file]
	switch {
	case file == d.failed && file != object.ID{}:
		return dataset.Profiled{State: dataset.ProfileFailed, Reason: "row 2 has 3 values, the head 2"}, nil
	case !ok:
		return d.Service.ProfileOf(ctx, remote, file)
	}
	cell := func(s string) *string { return &s }
	return dataset.Profiled{State: dataset.ProfileReady, Profile: p, Made: time.Now(),
		Head: [][]*string{{cell("1"), cell("14.5"), cell(hostile), cell("2026-01-01")}, {cell("2"), nil, cell("Oslo"), cell("2026-01-02")}}}, nil
}

// Uses are the runs.
func (d *described) Uses(_ context.Context, _ object.ID, p dataset.Paging) (all []dataset.Use, next string, err error) {
	for _, run := range d.runs[:min(len(d.runs), p.Limit)] {
		all = append(all, dataset.Use{Run: run, Context: "training", By: dataset.ByTag, Used: time.Now().Add(-3 * time.Hour), RunName: fmt.Sprintf("run %d", len(all)), Models: []dataset.ModelVersion{{Name: "flight-delay", Number: 3}}[:len(all)%2]})
	}
	if len(d.runs) > p.Limit {
		next = "more"
	}
	return all, next, nil
}

// DataOf is a version that nobody pushed, where there are versions.
func (d *described) DataOf(context.Context, string) ([]dataset.Data, error) {
	if d.failed == (object.ID{}) {
		return nil, nil
	}
	return []dataset.Data{{ID: d.failed, Context: "training", By: dataset.ByTag}}, nil
}

// RowChanges are rows of each change, by a key as without one.
func (d *described) RowChanges(_ context.Context, _ string, _, _ object.ID, key []string, _ dataset.Paging) (lake.Difference, string, error) {
	if slices.Contains(key, "none") {
		return lake.Difference{}, "", fault.New(fault.Invalid, "There is no column %q in both files.", "none")
	}
	cells := func(texts ...string) (all []*string) {
		for _, t := range texts {
			all = append(all, &t)
		}
		return all
	}
	return lake.Difference{RowsA: 27_004, RowsB: 24_951, Added: 7, Removed: 2_060, Changed: 1, Same: 24_943, Columns: []string{"id", "temp", hostile, "day"}, Examples: []lake.Example{
		{Change: lake.RowAdded, Times: 3, After: cells("1", "14.5", hostile, "2026-01-01")}, {Change: lake.RowRemoved, Times: 1, Before: cells("2", "15", "Oslo", "2026-01-02")},
		{Change: lake.RowChanged, Times: 1, Before: cells("3", "15", "Oslo", "2026-01-02"), After: cells("3", "16.25", "Oslo", "2026-01-02")},
	}}, "more", nil
}

// table is a profile of four columns, drawn around a middle.
func table(rows int64, middle int) lake.Profile {
	bins := func(at int) []int64 {
		all := make([]int64, lake.Bins)
		for i := range all {
			all[i] = max(rows/8-int64((i-at)*(i-at))*rows/400, 0)
		}
		return all
	}
	return lake.Profile{
		Description: lake.Description{Rows: rows, Columns: []lake.Column{{Name: "id", Kind: lake.Int}, {Name: "temp", Kind: lake.Float}, {Name: hostile, Kind: lake.Text}, {Name: "day", Kind: lake.Date}}},
		Values: []lake.ColumnProfile{
			{Count: rows, Distinct: rows, Exact: true, Min: "1", Max: fmt.Sprint(rows), Mean: float64(rows) / 2, Deviation: float64(rows) / 4, Low: 1, High: float64(rows), Histogram: bins(10)},
			{Count: rows - 40, Nulls: 40, Distinct: 800, Min: "-7.5", Max: "41.25", Mean: 14.2, Deviation: 7.9, Low: -7.5, High: 41.25, Histogram: bins(middle)},
			{Count: rows, Distinct: 3, Exact: true, Min: "Lima", Max: "Rome", Top: []lake.Value{{Text: "Oslo", Rows: rows / 2}, {Text: hostile, Rows: rows / 3}}},
			{Count: rows, Distinct: 31, Exact: true, Min: "2026-01-01", Max: "2026-01-31", Low: 20454, High: 20484, Histogram: bins(3)},
		},
	}
}

// push pushes bytes to a remote.
func (h *house) push(t *testing.T, remote, content string, dir bool) object.ID {
	t.Helper()
	id := object.ID{Sum: md5.Sum([]byte(content)), Dir: dir}
	if _, err := h.data.Push(h.ctx, remote, id.Path(object.Current), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	return id
}

// folder pushes files by their paths in order, and the listing that names them.
func (h *house) folder(t *testing.T, remote string, files ...[2]string) object.ID {
	t.Helper()
	var all []string
	for _, f := range files {
		all = append(all, fmt.Sprintf(`{"md5": "%s", "relpath": %q}`, h.push(t, remote, f[1], false), f[0]))
	}
	return h.push(t, remote, "["+strings.Join(all, ", ")+"]", true)
}

// versions makes data sets: one of folders, one of tables, and one whose path nobody told.
func (h *house) versions(t *testing.T) (pages []at) {
	t.Helper()
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><script>document.title="broken"</script><circle cx="5" cy="5" r="4" fill="teal"/></svg>`
	long := strings.Repeat("a-very-long-name-", 9) + ".txt"
	files := [][2]string{{hostile, "odd"}, {long, "long"}, {"evil.svg", svg}}
	for i := range 450 {
		files = append(files, [2]string{fmt.Sprintf("images/%04d.txt", i), fmt.Sprint("text ", i%40)})
	}
	files = append(files, [2]string{"page.html", "<script>document.title='broken'</script>"}, [2]string{"rows.csv", "a,b\n1,2\n"})
	before := h.folder(t, "churn", files[:len(files)-1]...)
	files[4][1], files[1][0] = "changed", "another-name.txt"
	after := h.folder(t, "churn", files...)
	first, second := h.push(t, "flights", "id,temp\n1,2\n", false), h.push(t, "flights", "id,temp\n1,3\n", false)
	h.described.tables[first], h.described.tables[second] = table(27_004, 6), table(24_951, 12)
	h.described.failed, h.described.runs = object.ID{Sum: md5.Sum([]byte("a,b\n1,2\n"))}, h.runs[40:62]
	var places []registration.Registration
	for i, id := range []object.ID{first, second} {
		places = append(places, registration.Registration{MD5: id.String(), Path: "data/raw/flights.csv", Commit: strings.Repeat(string("ab"[i]), 40), Repository: "https://example.org/team/flights.git"})
	}
	places = append(places, registration.Registration{MD5: after.String(), Path: "data/" + hostile, Commit: strings.Repeat("c", 40)})
	for remote, some := range map[string][]registration.Registration{"flights": places[:2], "churn": places[2:]} {
		if _, err := h.data.Register(h.ctx, remote, some); err != nil {
			t.Fatal(err)
		}
	}
	at1, in1 := "/data/in/churn/versions/"+after.String(), "/data/in/flights"
	return []at{
		{"data-sets", "/data", []string{"Data sets", "data/raw/flights.csv", "flights", "pushed without a path", hostile, "local user"}},
		{"data-none", "/data?filter=nothing", []string{"No data set matches"}},
		{"data-remotes", "/data/remotes", []string{"churn", "flights", "/dvc/churn", "Last push"}},
		{"data-set", in1 + "?path=data/raw/flights.csv", []string{"data/raw/flights.csv", "in the remote flights", "Size in KB", "to the one before", "bbbbbbbb", "and more", "example.org"}},
		{"data-set-hostile", "/data/in/churn?path=" + url.QueryEscape("data/"+hostile), []string{hostile}},
		{"data-set-bare", "/data/in/churn", []string{"tacit data register"}},
		{"data-version", at1, []string{hostile, "images", "450 files", "Used by", "Where repositories have it", "Lineage"}},
		{"data-many", at1 + "?path=images", []string{"0000.txt", "0199.txt", "Next"}},
		{"data-svg", at1 + "?path=evil.svg", []string{"evil.svg", "Download"}},
		{"data-html", at1 + "?path=page.html", []string{"<script>document.title"}},
		{"data-broken", at1 + "?path=rows.csv", []string{"The columns cannot be read: row 2 has 3 values"}},
		{"data-table", in1 + "/versions/" + second.String(), []string{"4 columns, 24,951 rows", "temp", "-7.5", hostile, "Oslo 50 %", "training", "The first 2 of 24,951 rows"}},
		{"data-difference", "/data/in/churn/difference?a=" + before.String() + "&b=" + after.String(), []string{"Renamed", "another-name.txt", "images/0001.txt", "added", "rows.csv"}},
		{"data-distributions", in1 + "/difference?a=" + first.String() + "&b=" + second.String(), []string{"Distributions", "before filled, now outlined", "24,951", "were 27,004", "7 added, 2,060 removed, 24,943 the same", "3 times", "16.25 was 15", "0.1 % → 0.2 %", "tacit data diff aaaaaaaaaa bbbbbbbbbb --rows --targets 'data/raw/flights.csv'", "Next"}},
		{"data-keyed", in1 + "/difference?rows=1&key=id,day&a=" + first.String() + "&b=" + second.String(), []string{"1 changed"}},
		{"data-keyless", in1 + "/difference?rows=1&key=none&a=" + first.String() + "&b=" + second.String(), []string{"There is no column"}},
		{"data-of-run", "/runs/" + h.runs[62], []string{"Data version"}},
		{"data-missing", "/data/in/churn/versions/" + strings.Repeat("0", 32), []string{"Not found"}},
	}
}

// TestDataIsHarmless: a file of a version must not act in the name of who looks at it.
func TestDataIsHarmless(t *testing.T) {
	h := open(t)
	id := h.folder(t, "churn", [2]string{"evil.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`}, [2]string{"page.html", "<script></script>"})
	for path, kind := range map[string]string{"evil.svg": "image/svg+xml", "page.html": "application/octet-stream"} {
		answer, err := http.Get(h.URL + "/data/in/churn/versions/" + id.String() + "/file?path=" + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := answer.Header; got.Get("Content-Type") != kind || !strings.HasPrefix(got.Get("Content-Security-Policy"), "sandbox; default-src 'none'") {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// TestPagesOfData: data sets, versions and what differs between them.
func TestPagesOfData(t *testing.T) {
	h := open(t)
	h.fill(t)
	walk(t, h, h.versions(t), looks())
}
