//go:build unix

package data

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/test/program"
)

// points is at how many moments a command is killed; fewer where it does the same by
// another type of link.
const points, fewer = 50, 15

// place is a repository that processes work on.
type place struct {
	t            *testing.T
	binary, root string
}

func begin(t *testing.T) *place {
	p := &place{t, program.Build(t), t.TempDir()}
	p.must("init", "-q", "--no-scm")
	return p
}

func (p *place) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, p.binary, append([]string{"data"}, args...)...)
	c.Dir = p.root
	return c
}

func (p *place) must(args ...string) {
	p.t.Helper()
	if out, err := p.command(context.Background(), args...).CombinedOutput(); err != nil {
		p.t.Fatalf("%q: %v\n%s", args, err, out)
	}
}

// write makes a version of the folder d.
func (p *place) write(files map[string]string) {
	p.t.Helper()
	for name, content := range files {
		path := filepath.Join(p.root, "d", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

// read is what lies in d.
func (p *place) read() map[string]string {
	p.t.Helper()
	all := map[string]string{}
	p.walk(filepath.Join(p.root, "d"), func(name string, content []byte, _ fs.FileMode) { all[name] = string(content) })
	return all
}

func (p *place) walk(folder string, see func(name string, content []byte, mode fs.FileMode)) {
	p.t.Helper()
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			see(strings.TrimPrefix(path, folder+"/"), content, info.Mode())
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		p.t.Fatal(err)
	}
}

// objects makes sure that every protected object hashes to its name, and that a .dvc file
// names a listing that is there with all its files.
func (p *place) objects() {
	p.t.Helper()
	there := map[string][]byte{}
	p.walk(filepath.Join(p.root, ".dvc/cache/files/md5"), func(name string, content []byte, mode fs.FileMode) {
		id := strings.ReplaceAll(name, "/", "")
		if mode != 0o444 || strings.HasSuffix(name, ".tmp") { // a name that is no object's yet
			return
		}
		if sum := fmt.Sprintf("%x", md5.Sum(content)); sum != strings.TrimSuffix(id, ".dir") {
			p.t.Fatalf("the object %s has the bytes of %s", id, sum)
		}
		there[id] = content
	})
	stage, err := os.ReadFile(filepath.Join(p.root, "d.dvc"))
	if err != nil {
		return
	}
	_, rest, _ := strings.Cut(string(stage), "md5: ")
	id, _, _ := strings.Cut(rest, "\n")
	listing, ok := there[id]
	if !ok {
		p.t.Fatalf("d.dvc names %s, which is not there:\n%s", id, stage)
	}
	for part := range strings.SplitSeq(string(listing), `"md5": "`) {
		if file, _, cut := strings.Cut(part, `"`); cut && len(file) == 32 && there[file] == nil {
			p.t.Fatalf("the listing %s is there without its file %s", id, file)
		}
	}
}

// version draws contents for the folder.
func version(t *testing.T, word string) map[string]string {
	chance := draw.Rand(t)
	all := map[string]string{}
	for i := range 150 {
		all[fmt.Sprintf("%d/%s%03d", i%7, "file", i+chance.IntN(2))] = fmt.Sprintf("%s %d %s", word, i, strings.Repeat("x", chance.IntN(300)))
	}
	all["large"] = word + strings.Repeat("l", 3<<20)
	return all
}

// killed runs a command as often as there are points, killed a little later each time,
// and looks after each; before brings about what is to be changed.
func (p *place) killed(points int, before, after func(), args ...string) {
	p.t.Helper()
	before()
	began := time.Now()
	p.must(args...)
	whole := time.Since(began)
	for i := range points {
		before()
		ctx, cancel := context.WithTimeout(context.Background(), whole*time.Duration(i+1)/time.Duration(points))
		c := p.command(ctx, args...)
		var said bytes.Buffer
		c.Stderr = &said
		if err := c.Run(); err != nil && ctx.Err() == nil {
			p.t.Fatalf("point %d: %v\n%s", i, err, said.String())
		}
		cancel()
		after()
	}
}

// TestKillAdd: an add that was killed has lost no file and promised nothing, and completes
// when it is said again.
func TestKillAdd(t *testing.T) {
	t.Parallel()
	for links, n := range map[string]int{"copy": points, "hardlink": fewer} {
		p := begin(t)
		p.must("config", "cache.type", links)
		files := version(t, "one")
		p.write(files)
		p.must("add", "d")
		want, err := os.ReadFile(filepath.Join(p.root, "d.dvc"))
		if err != nil {
			t.Fatal(err)
		}
		p.killed(n, func() {
			for _, gone := range []string{".dvc/cache", ".dvc/tmp", "d.dvc", "d"} {
				if err := os.RemoveAll(filepath.Join(p.root, gone)); err != nil {
					t.Fatal(err)
				}
			}
			p.write(files)
		}, func() {
			if !maps.Equal(p.read(), files) {
				t.Fatalf("%s: files of the working copy are others", links)
			}
			p.objects()
			p.must("add", "d")
			p.objects()
			if got, err := os.ReadFile(filepath.Join(p.root, "d.dvc")); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s: said again, the add writes %q, %v; want %q", links, got, err, want)
			}
		}, "add", "d")
	}
}

// TestKillAddCopy: a copy that was killed while it was to replace a file has lost neither,
// and leaves nothing beside them once another command came.
func TestKillAddCopy(t *testing.T) {
	t.Parallel()
	p := begin(t)
	from := filepath.Join(t.TempDir(), "from")
	before, after := version(t, "one")["large"], version(t, "two")["large"]
	if err := os.WriteFile(from, []byte(after), 0o644); err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(p.root, "d")
	p.killed(fewer, func() {
		if err := os.WriteFile(place, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
		p.must("add", "d")
	}, func() {
		p.must("freeze", "d.dvc")
		p.must("unfreeze", "d.dvc")
		content, err := os.ReadFile(place)
		if err != nil || string(content) != before && string(content) != after {
			t.Fatalf("what lies there is neither the one nor the other: %v", err)
		}
		if left, err := filepath.Glob(filepath.Join(p.root, ".dvc/tmp/tacit/copy-*")); err != nil || len(left) > 0 {
			t.Fatalf("left are %v, %v", left, err)
		}
	}, "add", "--force", "-o", "d", from)
}

// TestKillCheckout: a checkout that was killed has left each file as one of the two
// versions has it, and completes when it is said again.
func TestKillCheckout(t *testing.T) {
	t.Parallel()
	p := begin(t)
	versions := []map[string]string{version(t, "one"), version(t, "two")}
	var stages [2][]byte
	for i, v := range versions {
		if err := os.RemoveAll(filepath.Join(p.root, "d")); err != nil {
			t.Fatal(err)
		}
		p.write(v)
		p.must("add", "d")
		stages[i], _ = os.ReadFile(filepath.Join(p.root, "d.dvc"))
	}
	stage := func(i int) {
		if err := os.WriteFile(filepath.Join(p.root, "d.dvc"), stages[i], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p.killed(points, func() {
		stage(0)
		p.must("checkout", "-f")
		stage(1)
	}, func() {
		for name, content := range p.read() {
			if content != versions[0][name] && content != versions[1][name] {
				t.Fatalf("%s has %d bytes that no version has", name, len(content))
			}
		}
		p.objects()
		p.must("checkout")
		if !maps.Equal(p.read(), versions[1]) {
			t.Fatal("said again, the checkout does not bring the version")
		}
	}, "checkout")
}

// TestFullDisk: an add that finds no room fails, says so, and leaves no .dvc file; what is
// there already stays as it was.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	p := begin(t)
	files := version(t, "one")
	p.write(files)
	p.must("add", "d")
	stage, err := os.ReadFile(filepath.Join(p.root, "d.dvc"))
	if err != nil {
		t.Fatal(err)
	}
	p.write(map[string]string{"larger": strings.Repeat("l", 4<<20)})
	other := filepath.Join(p.root, "other")
	if err := os.WriteFile(other, bytes.Repeat([]byte("o"), 4<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"d", "other"} {
		// No file may have more than 1 MiB: what a full disk says to a write, without one.
		c := exec.Command("sh", "-c", "ulimit -f 2048; exec \"$@\"", "sh", p.binary, "data", "add", target)
		c.Dir = p.root
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "ERROR") || !strings.Contains(string(out), "file too large") {
			t.Errorf("add %s: %v\n%s", target, err, out)
		}
	}
	if got, err := os.ReadFile(filepath.Join(p.root, "d.dvc")); err != nil || !bytes.Equal(got, stage) {
		t.Errorf("d.dvc was changed: %q, %v", got, err)
	}
	if _, err := os.Stat(other + ".dvc"); err == nil {
		t.Error("other.dvc was written although its bytes are nowhere")
	}
	p.objects()
	p.walk(filepath.Join(p.root, ".dvc/cache"), func(name string, _ []byte, mode fs.FileMode) {
		if mode != 0o444 {
			t.Errorf("left behind in the cache: %s", name)
		}
	})
}
