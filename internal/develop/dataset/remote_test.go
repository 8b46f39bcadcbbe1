package dataset

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pack"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// TestPush: what is taken hashes to its name and is found; of what is refused nothing is left.
func TestPush(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		large := strings.Repeat("large ", 1<<17)
		if !l.push("r", file("one"), "one") || l.push("r", file("one"), "one") || !l.push("r", file(large), large) || !l.push("r", file(""), "") {
			t.Error("an object is new once")
		}
		before := l.stored()
		if len(before) != 3 {
			t.Errorf("%d blobs: %v", len(before), before)
		}
		for what, c := range map[string]struct {
			path string
			body io.Reader
		}{
			"other bytes": {file("two").Path(object.Current), strings.NewReader("one")}, "other bytes of what is there": {file("one").Path(object.Current), strings.NewReader("two")},
			"many other bytes": {file("two").Path(object.Current), strings.NewReader(large)}, "fewer bytes": {file(large).Path(object.Legacy), strings.NewReader(large[1:])},
			"a cut-off": {file("two").Path(object.Current), iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("two")))}, "a cut-off body": {file("two").Path(object.Current), io.MultiReader(strings.NewReader("two"), iotest.ErrReader(io.ErrUnexpectedEOF))}, "a cut-off path of another kind": {"runs/x", io.MultiReader(strings.NewReader("two"), iotest.ErrReader(io.ErrUnexpectedEOF))}, "a late cut-off": {file("3" + large).Path(object.Current), io.MultiReader(strings.NewReader("3"+large), iotest.ErrReader(io.ErrUnexpectedEOF))},
			"no path": {"files/md5/..", strings.NewReader("")},
		} {
			if _, err := l.Put(l.ctx, "r", c.path, c.body); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for _, path := range []string{strings.ToUpper(file("one").Path(object.Legacy)), "runs/x", ""} {
			if _, err := l.Push(l.ctx, "r", path, strings.NewReader("one")); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s is a place of an object: %v", path, err)
			}
		}
		if after := l.stored(); !slices.Equal(before, after) {
			t.Errorf("left behind: %v", after)
		}
		for _, c := range []string{"one", large, ""} {
			if got, err := l.read(l.ctx, "r", file(c)); got != c || err != nil {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			if _, err := l.read(in("team"), "r", file(c)); !fault.Is(err, fault.NotFound) {
				t.Errorf("in another workspace: %v", err)
			}
		}
		if _, err := l.Push(l.ctx, "../r", file("one").Path(object.Current), strings.NewReader("one")); !fault.Is(err, fault.Invalid) {
			t.Error("a remote of another place:", err)
		}
		if n := l.told("dataset.remote.created"); n != 1 {
			t.Errorf("%d remotes were told of", n)
		}
		const text = "a\r\nb\r\n" // DVC 2 named it by its lines with Unix ends
		if isNew, err := l.Push(l.ctx, "r", file("a\nb\n").Path(object.Legacy), strings.NewReader(text)); !isNew || err != nil {
			t.Error("an object of DVC 2:", err)
		}
		if size, err := l.SizeOf(l.ctx, "r"); err != nil || size.Objects != 4 || size.Bytes != int64(3+len(large)+len(text)) || !size.Last.Equal(l.now) {
			t.Error(size, err)
		}
	})
}

// TestPushListing: a listing is found only with all its files, and closes a version.
func TestPushListing(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		var contents []string
		for i := range atOnce + 10 {
			contents = append(contents, fmt.Sprint(i))
		}
		contents = append(contents, "0", "0", "alone") // the same file at several paths
		at, text := folder(contents...)
		if n, err := l.PushPack(l.ctx, "r", packed(t, false, contents[1:len(contents)-3]...)); err != nil || n != atOnce+9 {
			t.Fatal(n, err)
		}
		before := l.stored()
		if _, err := l.Push(l.ctx, "r", at.Path(object.Current), strings.NewReader(text)); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), " 2 of its files") {
			t.Error("two files are missing:", err)
		}
		if after := l.stored(); !slices.Equal(before, after) || l.told("dataset.version.pushed") != 0 {
			t.Error("left of a refused listing:", after)
		}
		l.push("r", file("0"), "0")
		l.push("r", file("alone"), "alone")
		l.push("r", at, text)
		if isNew := l.push("r", at, text); isNew || l.told("dataset.version.pushed") != 1 {
			t.Error("a version is told of once")
		}
		bytes := int64(0)
		for _, c := range contents {
			bytes += int64(len(c))
		}
		versions, err := l.Versions(l.ctx, "r", 10)
		if err != nil || len(versions) != 1 || versions[0].ID != at || versions[0].Bytes != bytes || versions[0].Files != int64(len(contents)) || versions[0].Actor != "tacit:user/local" {
			t.Error(versions, err)
		}
		for what, wrong := range map[string]string{"no listing": "{}", "a path out": `[{"md5": "` + file("0").String() + `", "relpath": "../x"}]`} {
			id := object.ID{Sum: md5.Sum([]byte(wrong)), Dir: true}
			if _, err := l.Push(l.ctx, "r", id.Path(object.Current), strings.NewReader(wrong)); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// TestPacks: many small files come and go in one stream, of which a wrong one leaves nothing.
func TestPacks(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		random := draw.Rand(t)
		contents := map[object.ID]string{}
		var ids []object.ID
		for i := range 300 {
			c := strings.Repeat(fmt.Sprint(i, " "), random.IntN(40)) // some are empty, the same object
			if _, ok := contents[file(c)]; !ok {
				contents[file(c)], ids = c, append(ids, file(c))
			}
		}
		if lacks, err := l.Lacks(l.ctx, "r", ids); err != nil || !slices.Equal(lacks, ids) {
			t.Error("of a remote that is not there:", len(lacks), err)
		}
		write := func(ids []object.ID, spoiled bool) *bytes.Buffer {
			var of []string
			for _, id := range ids {
				of = append(of, contents[id])
			}
			return packed(t, spoiled, of...)
		}
		if _, err := l.PushPack(l.ctx, "r", write(ids, true)); !fault.Is(err, fault.Invalid) || len(l.stored()) != 0 {
			t.Error("other bytes in it:", err, l.stored())
		}
		whole := write(ids, false).Bytes()
		if _, err := l.PushPack(l.ctx, "r", bytes.NewReader(whole[:len(whole)-1])); !fault.Is(err, fault.Invalid) || len(l.stored()) != 0 {
			t.Error("cut off:", err, l.stored())
		}
		for _, part := range [][]object.ID{ids[:100], ids[50:200], ids[50:200], nil} {
			if _, err := l.PushPack(l.ctx, "r", write(part, false)); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(l.stored()); n != 2 {
			t.Errorf("%d blobs, of which one would hold nothing new", n)
		}
		if lacks, err := l.Lacks(l.ctx, "r", ids); err != nil || !slices.Equal(lacks, ids[200:]) {
			t.Error(len(lacks), err)
		}
		asked := slices.Clone(ids)
		random.Shuffle(len(asked), func(i, j int) { asked[i], asked[j] = asked[j], asked[i] })
		var sent bytes.Buffer
		if err := l.SendPack(l.ctx, "r", asked[:150], &sent); err != nil {
			t.Fatal(err)
		}
		n := 0
		for r := pack.NewReader(&sent); ; n++ {
			id, content, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || contents[id] != string(content) || !slices.Contains(asked[:150], id) {
				t.Fatal(id, err)
			}
		}
		there := slices.DeleteFunc(asked[:150], func(id object.ID) bool { return slices.Contains(ids[200:], id) })
		if n != len(there) {
			t.Errorf("%d were sent of %d that are there", n, len(there))
		}
		for _, id := range there {
			if got, err := l.read(l.ctx, "r", id); err != nil || got != contents[id] {
				t.Fatal(id, err)
			}
		}
	})
}

// TestManyWriters: sixteen at once push the same objects and listing; each is found once.
func TestManyWriters(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		contents := []string{"a", "b", "c", "d"}
		at, text := folder(contents...)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for _, c := range contents {
					if _, err := l.Push(l.ctx, "r", file(c).Path(object.Current), strings.NewReader(c)); err != nil {
						t.Error(err)
					}
				}
				if _, err := l.Push(l.ctx, "r", at.Path(object.Current), strings.NewReader(text)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(l.stored()); n > 5 { // fewer where files came at one time
			t.Errorf("%d blobs", n)
		}
		for _, c := range contents {
			if got, err := l.read(l.ctx, "r", file(c)); err != nil || got != c {
				t.Errorf("%q has %q; %v", c, got, err)
			}
		}
		if r, v := l.told("dataset.remote.created"), l.told("dataset.version.pushed"); r != 1 || v != 1 {
			t.Errorf("%d remotes and %d versions were told of", r, v)
		}
	})
}

// TestSettle: a file that no listing names is a version when nothing was pushed for a while.
func TestSettle(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		at, text := folder("in a folder")
		l.push("r", file("alone"), "alone")
		l.push("r", file("in a folder"), "in a folder")
		l.push("r", at, text)
		settle := func(want int) {
			t.Helper()
			if err := l.WorkSettle(l.ctx, jobs.Work{}); err != nil {
				t.Fatal(err)
			}
			if n := l.told("dataset.version.pushed"); n != want {
				t.Errorf("%d versions, want %d", n, want)
			}
		}
		settle(1)
		l.now = l.now.Add(quiet)
		settle(2)
		settle(2)
		var many []string // of a push that did not end
		for i := range mostAlone + 1 {
			many = append(many, fmt.Sprint(i))
		}
		if _, err := l.PushPack(l.ctx, "r", packed(t, false, many...)); err != nil {
			t.Fatal(err)
		}
		l.now = l.now.Add(quiet)
		settle(2)
	})
}

// TestContents: remotes go along with a workspace that is moved, and their bytes go with one that is emptied.
func TestContents(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		other := *l
		other.ctx = in("team")
		other.push("r", file("team"), "team")
		l.push("r", file("mine"), "mine")
		l.push("s", file("mine"), "mine")
		write := func(fn func(tx *rows.Tx) error) {
			t.Helper()
			if err := l.DB.Write(l.ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		m := &room.Move{From: "team", To: "default"}
		if taken, err := l.Taken(l.ctx, l.DB.Read(), m); err != nil || !slices.Equal(taken, []string{"remote r"}) {
			t.Error(taken, err)
		}
		m.To = "other"
		write(func(tx *rows.Tx) error { return l.Move(other.ctx, tx, m) })
		if got, err := l.read(in("other"), "r", file("team")); got != "team" || err != nil {
			t.Error(got, err)
		}
		write(func(tx *rows.Tx) error { return l.Empty(l.ctx, tx) })
		if left, err := l.Workspaces(l.ctx); err != nil || !slices.Equal(left, []string{"other"}) || len(l.asked) != 1 {
			t.Error(left, err, l.asked)
		}
		l.push("r", file("again"), "again") // another workspace of the name
		progress := func(context.Context, int64, int64, string) error { return nil }
		if err := l.WorkClear(l.ctx, jobs.Work{Workspace: l.asked[0].Workspace, Progress: progress}); err != nil {
			t.Fatal(err)
		}
		if n := len(l.stored()); n != 2 || l.told("dataset.blobs.cleared") != 1 {
			t.Errorf("%d blobs are left: %v", n, l.stored())
		}
		for workspace, c := range map[string]string{"default": "again", "other": "team"} {
			if got, err := l.read(in(workspace), "r", file(c)); got != c || err != nil {
				t.Error(workspace, got, err)
			}
		}
	})
}
