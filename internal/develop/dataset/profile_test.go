package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/lake/duckdb"
)

// counting counts what is asked of a lake.
type counting struct {
	Lake
	asked int
	fails error
	wrong map[int64]error // by how many bytes a file has
}

func (c *counting) Portrait(ctx context.Context, s lake.Source, rows int, l lake.Limits) (lake.Portrait, error) {
	c.asked++
	if c.fails != nil {
		return lake.Portrait{}, c.fails
	}
	if info, err := os.Stat(s.Path); err == nil && c.wrong[info.Size()] != nil {
		return lake.Portrait{}, c.wrong[info.Size()]
	}
	return c.Lake.Portrait(ctx, s, rows, l)
}

// asks has the service ask files.
func (l *lived) asks() *counting {
	l.t.Helper()
	if !duckdb.Linked() {
		l.t.Skip("this program was built without DuckDB")
	}
	engine, err := duckdb.Open(duckdb.Settings{Folder: l.t.TempDir(), Threads: 1})
	if err != nil {
		l.t.Fatal(err)
	}
	c := &counting{Lake: lake.New(engine, nil)}
	l.Files = Files{Lake: c, Folder: l.t.TempDir(), Largest: 1 << 20, Brought: 1 << 20}
	return c
}

func (l *lived) work() {
	l.t.Helper()
	if err := l.WorkProfile(l.ctx, jobs.Work{Progress: func(context.Context, int64, int64, string) error { return nil }}); err != nil {
		l.t.Fatal(err)
	}
}

// state is what is known of a file, in a line.
func (l *lived) state(remote string, id object.ID) string {
	l.t.Helper()
	p, err := l.ProfileOf(l.ctx, remote, id)
	if err != nil {
		l.t.Fatal(err)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %d %d %d", p.State, p.Reason, p.Profile.Rows, len(p.Profile.Columns), len(p.Head)))
}

// TestTablesAreProfiled once for their bytes, in whichever version they are; what is none says so.
func TestTablesAreProfiled(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		lake := l.asks()
		const table, more, broken = "a,b\n1,2\n3,\n", "a,b\n5,6\n", "a,b\n1,2\n1,2,3\n"
		v := l.pushFolder("r", map[string]string{"t.csv": table, "x/again.csv": table, "more.csv": more, "text.txt": table + " "})
		if len(l.asked) != 1 || l.asked[0].Kind != ProfileKind {
			t.Errorf("%+v", l.asked)
		}
		if got := l.state("r", file(table)); !strings.HasPrefix(got, "none It was not looked into") {
			t.Error(got)
		}
		l.work()
		if got := l.state("r", file(table)); got != "ready  2 2 2" || lake.asked != 2 {
			t.Error(got, lake.asked)
		}
		if got, err := l.VersionIn(l.ctx, "r", v); err != nil || got.Rows == nil || *got.Rows != 3 || got.Columns == nil || *got.Columns != 2 {
			t.Errorf("%+v %v", got, err)
		}
		// The same bytes elsewhere, and files without names.
		for _, content := range []string{table, "no table", "{\"a\":1}\n{\"a\":2}\n"} {
			l.push("s", file(content), content)
		}
		l.now = l.now.Add(quiet)
		if err := l.WorkSettle(l.ctx, jobs.Work{}); err != nil {
			t.Fatal(err)
		}
		if got := l.state("s", file("no table")); got != "waiting  0 0 0" {
			t.Error(got)
		}
		l.work()
		for content, want := range map[string]string{table: "ready  2 2 2", "no table": "none It is no table. 0 0 0", "{\"a\":1}\n{\"a\":2}\n": "ready  2 1 2"} {
			if got := l.state("s", file(content)); got != want {
				t.Errorf("%q: %s", content, got)
			}
		}
		if lake.asked != 3 {
			t.Errorf("%d files were asked", lake.asked)
		}
		// A name says what the bytes did not.
		if _, err := l.Register(l.ctx, "s", []registration.Registration{{MD5: file("no table").String(), Path: "one.csv"}}); err != nil {
			t.Fatal(err)
		}
		l.work()
		if got := l.state("s", file("no table")); got != "ready  0 1 0" {
			t.Error(got)
		}
		v = l.pushFolder("r", map[string]string{"broken.csv": broken, "t.csv": table, "large.csv": strings.Repeat("1,2\n", 300_000)})
		l.work()
		if got := l.state("r", file(broken)); !strings.HasPrefix(got, "failed The file broken.csv is broken at line 3") {
			t.Error(got)
		}
		if got := l.state("r", file(strings.Repeat("1,2\n", 300_000))); !strings.HasPrefix(got, "failed The file has 1200000 bytes") {
			t.Error(got)
		}
		if got, err := l.VersionIn(l.ctx, "r", v); err != nil || got.Rows != nil {
			t.Errorf("%+v %v", got, err)
		}
	})
}

// TestAProfileThatCannotBeMadeNow is made later: what is kept is what is known of the file.
func TestAProfileThatCannotBeMadeNow(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		lake := l.asks()
		lake.fails = fault.New(fault.Unavailable, "no")
		const table = "a,b\n1,2\n"
		v := l.pushFolder("r", map[string]string{"t.csv": table})
		err := l.WorkProfile(l.ctx, jobs.Work{Progress: func(context.Context, int64, int64, string) error { return nil }})
		if !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
		if got := l.state("r", file(table)); got != "waiting  0 0 0" {
			t.Error(got)
		}
		lake.fails = nil
		l.work()
		if got := l.state("r", file(table)); got != "ready  1 2 1" {
			t.Error(got)
		}
		if _, err := l.Remove(l.ctx, "r", v.Path(object.Current), file(table).Path(object.Current)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.ProfileOf(l.ctx, "r", file(table)); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

// TestOneTableKeepsNoOtherWaiting: what cannot be looked into, now or ever, is told, and what is behind it is looked
// into all the same, in its version and in others.
func TestOneTableKeepsNoOtherWaiting(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		const never, later, good = "a\n1\n", "a,b\n1,2\n", "a,b,c\n1,2,3\n"
		lake := l.asks()
		lake.wrong = map[int64]error{
			int64(len(never)): errors.New("a program's fault"),
			int64(len(later)): fault.New(fault.Unavailable, "not now"),
		}
		l.pushFolder("r", map[string]string{"1.csv": never, "2.csv": good})
		l.now = l.now.Add(time.Second)
		l.pushFolder("r", map[string]string{"1.csv": later, "2.csv": good + "4,5,6\n"})
		l.now = l.now.Add(time.Second)
		l.pushFolder("r", map[string]string{"3.csv": good + "7,8,9\n7,8,9\n"})
		work := func() error {
			return l.WorkProfile(l.ctx, jobs.Work{Progress: func(context.Context, int64, int64, string) error { return nil }})
		}
		if err := work(); err == nil || !strings.Contains(err.Error(), "a program's fault") {
			t.Error(err)
		}
		for content, want := range map[string]string{
			never: "failed Something went wrong inside tacit.", later: "waiting", good: "ready  1 3 1", good + "4,5,6\n": "ready  2 3 2", good + "7,8,9\n7,8,9\n": "ready  3 3 3",
		} {
			if got := l.state("r", file(content)); !strings.HasPrefix(got, want) {
				t.Errorf("%q: %s, want %s", content, got, want)
			}
		}
		asked := lake.asked
		if err := work(); !fault.Is(err, fault.Unavailable) || lake.asked != asked+1 {
			t.Errorf("%v; %d files were asked again", err, lake.asked-asked)
		}
		delete(lake.wrong, int64(len(later)))
		if l.work(); l.state("r", file(later)) != "ready  1 2 1" {
			t.Error(l.state("r", file(later)))
		}
		// What tacit failed at is tried again after an hour, then after two.
		for tries, pause := range []time.Duration{time.Hour, 2 * time.Hour} {
			asked = lake.asked
			l.now = l.now.Add(pause - time.Minute)
			if l.work(); lake.asked != asked {
				t.Errorf("after %d tries it is tried again too early", tries+1)
			}
			l.now = l.now.Add(time.Minute)
			if err := work(); err == nil || lake.asked != asked+1 {
				t.Errorf("after %d tries: %v; %d files were asked again", tries+1, err, lake.asked-asked)
			}
		}
		if got := l.state("r", file(never)); !strings.Contains(got, "It was tried 3 times, and will be again after ") {
			t.Error(got)
		}
		lake.wrong = nil
		l.now = l.now.Add(4 * time.Hour)
		if l.work(); l.state("r", file(never)) != "ready  1 1 1" {
			t.Error(l.state("r", file(never)))
		}
	})
}

// TestProfilesGoWithTheirObjects: the last remote that has a file takes along what is known
// of its columns, and the sweep what a job noted after that.
func TestProfilesGoWithTheirObjects(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		l.asks()
		const table = "a,b\n1,2\n"
		versions := map[string]object.ID{"r": l.pushFolder("r", map[string]string{"t.csv": table}), "s": l.pushFolder("s", map[string]string{"t.csv": table})}
		l.work()
		known := func() string {
			t.Helper()
			p, err := l.profiled(l.ctx, object.Current, file(table))
			if err != nil {
				t.Fatal(err)
			}
			return string(p.State)
		}
		for _, c := range []struct{ remote, after string }{{"r", "ready"}, {"s", ""}} {
			if _, err := l.Remove(l.ctx, c.remote, versions[c.remote].Path(object.Current), file(table).Path(object.Current)); err != nil {
				t.Fatal(err)
			}
			if got := known(); got != c.after {
				t.Errorf("gone from %s, it is %q", c.remote, got)
			}
		}
		if err := l.keepProfile(l.ctx, object.Current, file(table), Profiled{State: ProfileNone}); err != nil {
			t.Fatal(err)
		}
		if err := l.WorkSweep(l.ctx, jobs.Work{Progress: func(context.Context, int64, int64, string) error { return nil }}); err != nil {
			t.Fatal(err)
		}
		if got := known(); got != "" {
			t.Errorf("after the sweep it is %s", got)
		}
	})
}

// TestRowChanges: rows are compared by a key and without one, page by page, whatever is known of the files before.
func TestRowChanges(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		l.asks()
		a, b := "id,v\n1,a\n2,b\n3,c\n", "id,v\n1,a\n2,x\n4,d\n"
		l.pushFolder("r", map[string]string{"a.csv": a, "b.csv": b, "c": "none"})
		for range 2 {
			var seen []string
			for _, e := range pages(t, 2, func(p Paging) ([]lake.Example, string, error) {
				d, next, err := l.RowChanges(l.ctx, "r", file(a), file(b), []string{"id"}, p)
				if err == nil && (d.Added != 1 || d.Removed != 1 || d.Changed != 1 || d.Same != 1) {
					t.Errorf("%+v", d)
				}
				return d.Examples, next, err
			}) {
				seen = append(seen, string(e.Change))
			}
			if got := strings.Join(seen, " "); got != "changed removed added" {
				t.Error(got)
			}
			d, _, err := l.RowChanges(l.ctx, "r", file(a), file(b), nil, Paging{})
			if err != nil || d.Added != 2 || d.Removed != 2 || d.Same != 1 {
				t.Errorf("%+v %v", d, err)
			}
			l.work() // what is known now is used
		}
		if _, _, err := l.RowChanges(l.ctx, "r", file(a), file("none"), nil, Paging{}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if _, _, err := l.RowChanges(l.ctx, "r", file(a), file(b), []string{"nothing"}, Paging{}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if _, _, err := l.RowChanges(in("team"), "r", file(a), file(b), nil, Paging{}); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}
