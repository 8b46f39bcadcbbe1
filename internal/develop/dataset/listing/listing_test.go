package listing_test

import (
	"bytes"
	"crypto/md5" //nolint:gosec // what is tested is DVC's
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson/pyjsontest"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// of is the listing of files by path and content, added by chance.
func of(t testing.TB, r *rand.Rand, files ...string) *listing.Listing {
	t.Helper()
	b := listing.NewBuilder(0)
	for _, i := range r.Perm(len(files) / 2) {
		if err := b.Add([]byte(files[2*i]), md5.Sum([]byte(files[2*i+1]))); err != nil { //nolint:gosec // as above
			t.Fatal(err)
		}
	}
	l, err := b.Listing()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func text(t testing.TB, l *listing.Listing) string {
	t.Helper()
	var b bytes.Buffer
	if err := l.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Names that were computed from DVC's rule, and two of its own tests and docs.
func TestNames(t *testing.T) {
	t.Parallel()
	r := draw.Rand(t)
	for want, files := range map[string][]string{
		"d751713988987e9331980363e24189ce": nil,
		"616da50a18588ff735f4c663be0c202f": {"a", "foo"},
		"229c98eca28b624c5de0dc05f5fa60bd": {"a", "foo", "b/c", "bar\n"},
		"1c1bd40f68873e6a50d748720b9107b5": {"a-b", "1", "a/b", "2", "a.b", "3"},
		"b05ff5691d1c950412c4433342c87c48": {"é/日本.txt", "x", "😀", "y", "\"q\\\t.txt", "z"},
		"6afdc026d253774f6d2281a71bb53ed5": {"\xff", "x"},
		"5ea40360f5b4ec688df672a4db9c17d1": {"foo", "foo", "bar", "bar"},
	} {
		l := of(t, r, files...)
		if got := l.Name(); got.String() != want+".dir" {
			t.Errorf("%q: %s, want %s\n%s", files, got, want, text(t, l))
		}
		back, err := listing.Parse(strings.NewReader(text(t, l)), 1<<20, object.Current)
		if err != nil || back.Name() != l.Name() || back.Len() != len(files)/2 {
			t.Errorf("%q: %v", files, err)
		}
	}
}

// Listings of the real dvc come back byte for byte under their names, and three
// of them merge to what it makes of them.
func TestDvcsListingsAndMerges(t *testing.T) {
	t.Parallel()
	merges, conflicts := 0, 0
	pyjsontest.Lines(t, "trees.jsonl", func(line int, parts []json.RawMessage) {
		var sides []*listing.Listing
		for i := range 3 {
			want, name := pyjsontest.Text(t, parts[2*i]), pyjsontest.Text(t, parts[2*i+1])
			l, err := listing.Parse(strings.NewReader(want), 1<<20, object.Current)
			if err != nil || text(t, l) != want || l.Name().String() != name {
				t.Fatalf("line %d: %v\n%s\n%s", line, err, want, text(t, l))
			}
			sides = append(sides, l)
		}
		merged, err := listing.Merge(sides[0], sides[1], sides[2])
		switch want := pyjsontest.Text(t, parts[6]); {
		case string(parts[6]) == `""`: // both removed a file, which dvc refuses
		case want == "":
			conflicts++
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("line %d: no conflict, %v", line, err)
			}
		case err != nil || text(t, merged) != want:
			t.Errorf("line %d: %v\n%s", line, err, want)
		default:
			merges++
		}
	})
	if merges == 0 || conflicts == 0 {
		t.Errorf("%d merges and %d conflicts prove little", merges, conflicts)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	r := draw.Rand(t)
	was := of(t, r, "a", "1", "b", "1", "c", "1", "d", "1")
	merged, err := listing.Merge(was, of(t, r, "a", "2", "c", "1", "new", "x"), of(t, r, "a", "1", "b", "1", "c", "3"))
	if want := of(t, r, "a", "2", "c", "3", "new", "x"); err != nil || text(t, merged) != text(t, want) {
		t.Errorf("%v", err)
	}
	if merged, err = listing.Merge(nil, of(t, r, "a", "1"), of(t, r, "b", "1")); err != nil || merged.Len() != 2 {
		t.Errorf("without an ancestor: %v", err)
	}
	for _, sides := range [][2][]string{
		{{"a", "2"}, {"a", "3"}}, {{}, {"a", "3"}}, {{"a", "1", "x", "1"}, {"a", "1", "x/y", "1"}},
	} {
		if _, err := listing.Merge(of(t, r, "a", "1"), of(t, r, sides[0]...), of(t, r, sides[1]...)); !fault.Is(err, fault.Conflict) {
			t.Errorf("%q: %v", sides, err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	const sum = `"md5": "d41d8cd98f00b204e9800998ecf8427e"`
	for _, s := range []string{
		`[{` + sum + `, "relpath": "../a"}]`, `[{` + sum + `, "relpath": "/a"}]`, `[{` + sum + `, "relpath": ""}]`, `[{` + sum + `, "relpath": "a//b"}]`,
		`[{` + sum + `, "relpath": "a/"}]`, `[{` + sum + `, "relpath": "a/./b"}]`, `[{` + sum + `, "relpath": ".."}]`, `[{` + sum + `, "relpath": "a\u0000"}]`,
		`[{` + sum + `, "relpath": "a"}, {` + sum + `, "relpath": "a"}]`, `[{` + sum + `, "relpath": "é"}, {` + sum + `, "relpath": "\udcc3\udca9"}]`,
		`[{` + sum + `, "relpath": "a"}, {` + sum + `, "relpath": "a-b"}, {` + sum + `, "relpath": "a/b/c"}]`,
		`[{` + sum + `}]`, `[{"relpath": "a"}]`, `[{"md5": "xx", "relpath": "a"}]`, `[{"md5": "d41d8cd98f00b204e9800998ecf8427e.dir", "relpath": "a"}]`,
		`[{` + sum + `, "relpath": "a", "size": 1}]`, `[{` + sum + `, ` + sum + `, "relpath": "a"}]`, `{}`, ``, `[`, `[{}]`, `[1]`, `[],`, `[{` + sum + `, "relpath": "\ud800"}]`, "[{" + sum + ", \"relpath\": \"\xff\"}]",
	} {
		if _, err := listing.Parse(strings.NewReader(s), 1<<20, object.Current); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", s, err)
		}
	}
	older := `[{"isexec": true, ` + sum + `, "relpath": "a", "size": 12, "mtime": 1.5e9, "x": "y", "z": null}]`
	if l, err := listing.Parse(strings.NewReader(older), 1<<20, object.Legacy); err != nil || l.Len() != 1 {
		t.Errorf("what DVC 2 wrote: %v", err)
	}
	if _, err := listing.Parse(strings.NewReader(older), 20, object.Legacy); !fault.Is(err, fault.Limit) {
		t.Errorf("too long: %v", err)
	}
}

func TestBelow(t *testing.T) {
	t.Parallel()
	l := of(t, draw.Rand(t), "a", "1", "a-b/x", "2", "b/c", "3", "b/d/e", "4", "b/d/\xff", "5", "b.x", "6", "b0", "7")
	for folder, want := range map[string]string{"": "a a-b/x b.x b/c b/d/e b/d/\xff b0", "b": "b/c b/d/e b/d/\xff", "b/d": "b/d/e b/d/\xff", "a": "", "x": "", "b/": "", "a-b": "a-b/x"} {
		from, to := l.Below([]byte(folder))
		var got []string
		for i := from; i < to; i++ {
			got = append(got, string(l.Path(i)))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("below %q: %q", folder, got)
		}
	}
	if got := text(t, l.Sub([]byte("b/d"))); got != text(t, of(t, draw.Rand(t), "e", "4", "\xff", "5")) {
		t.Errorf("a folder alone: %s", got)
	}
	if i, ok := l.Find([]byte("b/c")); !ok || string(l.Path(i)) != "b/c" {
		t.Errorf("find: %d, %v", i, ok)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	r := draw.Rand(t)
	d := listing.Diff(of(t, r, "same", "1", "mod", "1", "gone", "2", "b-c/x", "3", "b/x", "3", "z", "4"), of(t, r, "same", "1", "mod", "5", "new", "6", "a1", "3", "a2", "3", "a3", "3", "z2", "4"))
	if len(d.Added) != 5 || len(d.Deleted) != 4 || len(d.Modified) != 1 {
		t.Fatalf("%d, %d, %d", len(d.Added), len(d.Deleted), len(d.Modified))
	}
	d.FindRenamed()
	got := ""
	for _, m := range d.Renamed {
		got += fmt.Sprintf("%s>%s ", m.From, m.To)
	}
	if got != "b/x>a1 b-c/x>a2 z>z2 " || len(d.Added) != 2 || len(d.Deleted) != 1 || string(d.Deleted[0].Path) != "gone" || string(d.Added[0].Path) != "a3" {
		t.Errorf("%s, added %q, deleted %q", got, d.Added, d.Deleted)
	}
}

// What is held is in proportion to 150 MiB for a million entries.
func TestManyEntries(t *testing.T) {
	const many = 200_000
	b := listing.NewBuilder(many)
	for i := range many {
		if err := b.Add(fmt.Appendf(nil, "images/part-%03d/file-%07d.jpeg", i/1000, i), md5.Sum([]byte{byte(i), byte(i >> 8), byte(i >> 16)})); err != nil { //nolint:gosec // as above
			t.Fatal(err)
		}
	}
	l, err := b.Listing()
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	in, out := &pipe{}, text(t, l)
	in.Reader = strings.NewReader(out)
	runtime.GC()
	runtime.ReadMemStats(&before)
	back, err := listing.Parse(in, 1<<30, object.Current)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 30<<20 || back.Name() != l.Name() {
		t.Errorf("%d MiB are held", held>>20)
	}
	runtime.KeepAlive(b)
}

// pipe hides all of a reader but Read.
type pipe struct{ *strings.Reader }

func (p *pipe) Read(b []byte) (int, error) { return p.Reader.Read(b) }

func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"md5": "d41d8cd98f00b204e9800998ecf8427e", "relpath": "a/\udcff"}, {"relpath": "b", "md5": "D41D8CD98F00B204E9800998ECF8427E"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := listing.Parse(bytes.NewReader(b), 1<<16, object.Current)
		if err != nil {
			return
		}
		for i := range l.Len() {
			if err := listing.Check(l.Path(i)); err != nil {
				t.Errorf("%q: %v", b, err)
			}
			if j, ok := l.Find(l.Path(i)); !ok || i != j {
				t.Errorf("%q: entry %d is found at %d", b, i, j)
			}
		}
		back, err := listing.Parse(strings.NewReader(text(t, l)), 1<<20, object.Current)
		if err != nil || back.Name() != l.Name() {
			t.Errorf("%q comes back otherwise: %v", b, err)
		}
	})
}
