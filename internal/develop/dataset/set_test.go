package dataset

import (
	"crypto/md5"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
)

// pushFolder pushes files by their paths, and the listing that names them.
func (l *lived) pushFolder(remote string, files map[string]string) object.ID {
	l.t.Helper()
	var paths, all []string
	for path, content := range files {
		l.push(remote, file(content), content)
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		all = append(all, fmt.Sprintf(`{"md5": "%s", "relpath": "%s"}`, file(files[path]), path))
	}
	text := "[" + strings.Join(all, ", ") + "]"
	id := object.ID{Sum: md5.Sum([]byte(text)), Dir: true}
	l.push(remote, id, text)
	return id
}

// pages collects a list page by page, of n each.
func pages[T any](t *testing.T, n int, ask func(Paging) ([]T, string, error)) (all []T) {
	t.Helper()
	for p := (Paging{Limit: n}); ; {
		some, next, err := ask(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) > n {
			t.Fatalf("%d on a page of %d", len(some), n)
		}
		all = append(all, some...)
		if p.Token = next; next == "" {
			return all
		}
	}
}

// TestVersionsWithoutAPath make one data set of each remote, page by page.
func TestVersionsWithoutAPath(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		var want []string
		for i := range 5 {
			l.now = l.now.Add(time.Duration(i%2) * time.Second) // some at the same moment
			want = append(want, l.pushFolder("churn", map[string]string{"a": fmt.Sprint("a", i), "b": "b"}).String())
		}
		l.pushFolder("other", map[string]string{"a": "a"})
		sets := pages(t, 1, func(p Paging) ([]Set, string, error) { return l.Sets(l.ctx, "", p) })
		if len(sets) != 2 || sets[0].Remote != "churn" || sets[0].Path != "" || sets[0].Versions != 5 || sets[1].Remote != "other" {
			t.Fatalf("%+v", sets)
		}
		versions := pages(t, 2, func(p Paging) ([]Version, string, error) { return l.VersionsOf(l.ctx, "churn", "", p) })
		var got []string
		for i, v := range versions {
			got = append(got, v.ID.String())
			if v.Remote != "churn" || v.Files != 2 || v.Bytes != 3 || v.Actor == "" || i > 0 && v.Pushed.After(versions[i-1].Pushed) {
				t.Errorf("%+v", v)
			}
		}
		if sets[0].Newest.ID != versions[0].ID {
			t.Errorf("%s is the newest, and %s the first", sets[0].Newest.ID, versions[0].ID)
		}
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("%v of %v", got, want)
		}
		for text, want := range map[string]int{"CHU": 1, "th": 1, "%": 0, "": 2} {
			if some, _, err := l.Sets(l.ctx, text, Paging{}); err != nil || len(some) != want {
				t.Errorf("%q: %d, %v", text, len(some), err)
			}
		}
		if some, _, err := l.Sets(in("team"), "", Paging{}); err != nil || len(some) != 0 {
			t.Errorf("another workspace has %d: %v", len(some), err)
		}
		if _, err := l.Remove(l.ctx, "churn", versions[0].ID.Path(object.Current)); err != nil {
			t.Fatal(err)
		}
		if some, _, err := l.VersionsOf(l.ctx, "churn", "", Paging{}); err != nil || len(some) != 4 {
			t.Errorf("%d are left: %v", len(some), err)
		}
		if _, err := l.VersionIn(l.ctx, "churn", versions[0].ID); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if _, _, err := l.VersionsOf(l.ctx, "churn", "x", Paging{}); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

// TestEntries: a folder's files and folders come page by page, with what lies below them.
func TestEntries(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		at := l.pushFolder("r", map[string]string{"a.txt": "1", "a/x": "22", "a/y/z": "333", "b": "1", "ab/c": "4444"})
		show := func(folder string) string {
			var all []string
			for _, e := range pages(t, 2, func(p Paging) ([]Entry, string, error) { return l.Entries(l.ctx, "r", at, folder, p) }) {
				all = append(all, fmt.Sprintf("%s %t %d %d", e.Name, e.Folder, e.Files, e.Bytes))
				if !e.Folder && e.ID.Sum == [16]byte{} {
					t.Errorf("%s has no name of its bytes", e.Name)
				}
			}
			return strings.Join(all, ", ")
		}
		for folder, want := range map[string]string{
			"": "a.txt false 1 1, a true 2 5, ab true 1 4, b false 1 1", "a": "x false 1 2, y true 1 3", "a/y": "z false 1 3",
		} {
			if got := show(folder); got != want {
				t.Errorf("%q: %s", folder, got)
			}
		}
		for _, wrong := range []string{"b", "c", "a/", "a/x"} {
			if _, _, err := l.Entries(l.ctx, "r", at, wrong, Paging{}); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if _, _, err := l.Entries(in("team"), "r", at, "", Paging{}); !fault.Is(err, fault.NotFound) {
			t.Error("another workspace: ", err)
		}
		alone, _, err := l.Entries(l.ctx, "r", file("1"), "", Paging{})
		if err != nil || len(alone) != 1 || alone[0].Bytes != 1 {
			t.Error(alone, err)
		}
	})
}

// TestChanges: files are added, removed, changed and renamed between two versions.
func TestChanges(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		a := l.pushFolder("r", map[string]string{"same": "1", "gone": "22", "old name": "333", "changes": "4444"})
		b := l.pushFolder("r", map[string]string{"same": "1", "new": "55555", "new name": "333", "changes": "666666"})
		var sum ChangeSummary
		var got []string
		for _, c := range pages(t, 1, func(p Paging) (all []FileChange, next string, err error) {
			all, sum, next, err = l.Changes(l.ctx, "r", a, b, p)
			return all, next, err
		}) {
			size := func(e *Entry) int64 {
				if e == nil {
					return -1
				}
				return e.Bytes
			}
			got = append(got, fmt.Sprintf("%s %s<%s %d %d", c.Change, c.Path, c.From, size(c.Before), size(c.After)))
		}
		want := []string{"changed changes< 4 6", "removed gone< 2 -1", "added new< -1 5", "renamed new name<old name 3 3"}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		if want := (ChangeSummary{Added: 1, Removed: 1, Changed: 1, Renamed: 1, Same: 1, BytesBefore: 10, BytesAfter: 15}); sum != want {
			t.Errorf("%+v", sum)
		}
		some, sum, _, err := l.Changes(l.ctx, "r", file("1"), file("22"), Paging{})
		if err != nil || len(some) != 1 || some[0].Change != "changed" || sum.Changed != 1 {
			t.Error(some, sum, err)
		}
	})
}

// TestRegister: a version that is registered belongs to its path's data set, whichever way it came, and is told of
// once for each place.
func TestRegister(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		const commit = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
		at := l.pushFolder("churn", map[string]string{"a": "1"})
		l.push("churn", file("alone"), "alone")
		at2 := registration.Registration{MD5: file("alone").String(), Path: "data/raw.csv"}
		all := []registration.Registration{
			{MD5: at.String(), Path: "data/folder", Commit: commit, Repository: "https://ada:secret@example.org/churn.git"},
			at2,
		}
		for _, want := range []int{2, 0} {
			if n, err := l.Register(l.ctx, "churn", all); err != nil || n != want {
				t.Fatal(n, err)
			}
		}
		l.now = l.now.Add(time.Second)
		at2.Commit = commit
		if n, err := l.Register(l.ctx, "churn", []registration.Registration{at2}); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		sets, _, err := l.Sets(l.ctx, "", Paging{})
		if err != nil || len(sets) != 2 || sets[0].Path != "data/folder" || sets[1].Path != "data/raw.csv" || sets[1].Versions != 1 {
			t.Fatalf("%+v %v", sets, err)
		}
		p := sets[0].Newest.Places
		if len(p) != 1 || p[0].Commit != commit || p[0].Repository != "https://example.org/churn.git" || p[0].Path != "data/folder" || p[0].Actor == "" {
			t.Errorf("%+v", p)
		}
		if p := sets[1].Newest.Places; len(p) != 2 || p[0].Commit != commit || p[1].Commit != "" {
			t.Errorf("%+v", p)
		}
		if v, err := l.VersionIn(l.ctx, "churn", file("alone")); err != nil || v.Files != 1 || v.Bytes != 5 || len(v.Places) != 2 {
			t.Errorf("%+v %v", v, err)
		}
		if r, v := l.told("dataset.version.registered"), l.told("dataset.version.pushed"); r != 3 || v != 2 {
			t.Errorf("%d places and %d versions were told of", r, v)
		}
		l.now = l.now.Add(quiet)
		if err := l.WorkSettle(l.ctx, jobs.Work{}); err != nil || l.told("dataset.version.pushed") != 2 {
			t.Error("the file is told of again: ", err)
		}
		wrong := []registration.Registration{{MD5: file("alone").String(), Path: "another"}, {MD5: file("nowhere").String(), Path: "x"}}
		if _, err := l.Register(l.ctx, "churn", wrong); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if some, _, err := l.Sets(l.ctx, "another", Paging{}); err != nil || len(some) != 0 {
			t.Error("a part of what failed is kept: ", some, err)
		}
		if _, err := l.Register(in("team"), "churn", all); !fault.Is(err, fault.NotFound) {
			t.Error("another workspace: ", err)
		}
		if _, err := l.Remove(l.ctx, "churn", file("alone").Path(object.Current), at.Path(object.Current)); err != nil {
			t.Fatal(err)
		}
		if some, _, err := l.Sets(l.ctx, "", Paging{}); err != nil || len(some) != 0 {
			t.Error(some, err)
		}
	})
}

// TestPlacesAreBounded: of the places of a version the newest are kept, however many are told of, and no address
// is anything but one.
func TestPlacesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		l.push("churn", file("alone"), "alone")
		at := func(path string, n int, repository string) registration.Registration {
			return registration.Registration{MD5: file("alone").String(), Path: path, Commit: fmt.Sprintf("%040x", n), Repository: repository}
		}
		register := func(all ...registration.Registration) {
			t.Helper()
			l.now = l.now.Add(time.Second)
			if n, err := l.Register(l.ctx, "churn", all); err != nil || n != len(all) {
				t.Fatal(n, err)
			}
		}
		register(at("old", 1, ""))
		register(at("kept", 1, "javascript:alert(1)"))
		var many []registration.Registration
		for n := range MostPlaces - 1 {
			many = append(many, at("kept", n+2, "https://example.org/a.git"))
		}
		register(many...)
		var kept, named int64
		if err := l.DB.Read().QueryRow(l.ctx, "SELECT count(*), sum(CASE WHEN repository LIKE 'java%' THEN 1 ELSE 0 END) FROM dataset_place").Scan(&kept, &named); err != nil || kept != MostPlaces || named != 0 {
			t.Error(kept, named, err)
		}
		if sets, _, err := l.Sets(l.ctx, "", Paging{}); err != nil || len(sets) != 1 || sets[0].Path != "kept" {
			t.Errorf("%+v %v", sets, err)
		}
	})
}

// TestPathsAreBounded: a version is at so many paths and no more, and those that it has go on being told of.
func TestPathsAreBounded(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		l.push("churn", file("alone"), "alone")
		at := func(path, commit string) registration.Registration {
			return registration.Registration{MD5: file("alone").String(), Path: path, Commit: commit}
		}
		var many []registration.Registration
		for n := range MostPaths {
			many = append(many, at(fmt.Sprint(n), strings.Repeat("1", 40)))
		}
		if n, err := l.Register(l.ctx, "churn", many); err != nil || n != MostPaths {
			t.Fatal(n, err)
		}
		if _, err := l.Register(l.ctx, "churn", []registration.Registration{at("one more", strings.Repeat("1", 40))}); !fault.Is(err, fault.Limit) || fault.HintOf(err) == "" {
			t.Error(err)
		}
		if n, err := l.Register(l.ctx, "churn", []registration.Registration{at("7", strings.Repeat("2", 40))}); err != nil || n != 1 {
			t.Error(n, err)
		}
		if sets, _, err := l.Sets(l.ctx, "", Paging{Limit: 2 * MostPaths}); err != nil || len(sets) != MostPaths {
			t.Error(len(sets), err)
		}
	})
}
