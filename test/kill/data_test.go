package kill

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/test/program"
)

// copy is a repository of data in a folder, with a remote beside it.
type copy struct {
	t      *testing.T
	binary string
	root   string
	random *rand.Rand
	took   time.Duration // about how long a command takes
}

func (c *copy) command(args ...string) *exec.Cmd {
	cmd := exec.Command(c.binary, append([]string{"data"}, args...)...)
	cmd.Dir = c.root
	cmd.Env = append(os.Environ(), "DVC_SYSTEM_CONFIG_DIR=/absent", "DVC_GLOBAL_CONFIG_DIR=/absent", "HOME="+c.t.TempDir())
	return cmd
}

// run runs a command to its end and gives what it says.
func (c *copy) run(args ...string) string {
	c.t.Helper()
	begin := time.Now()
	out, err := c.command(args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%q: %v\n%s", args, err, out)
	}
	c.took = time.Since(begin)
	return string(out)
}

// kill starts a command and kills it at some moment, before or after its end.
func (c *copy) kill(args ...string) {
	c.t.Helper()
	cmd := c.command(args...)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	time.Sleep(time.Duration(c.random.Int64N(int64(c.took) + 1)))
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
}

// newCopy has a folder of files, half of which no .dvc file names any more.
func newCopy(t *testing.T, binary string) *copy {
	t.Helper()
	c := &copy{t: t, binary: binary, root: filepath.Join(t.TempDir(), "repository"), random: draw.Rand(t)}
	files := map[string]string{"own.txt": "not tracked"}
	for i := range 150 {
		files[fmt.Sprintf("data/%d/%d", i%7, i)] = strings.Repeat(fmt.Sprint(i, " "), 1+i*20)
		files[fmt.Sprintf("gone/%d", i)] = fmt.Sprint("gone ", i)
	}
	datasettest.WriteAll(t, c.root, files)
	c.run("init", "--no-scm", "-q")
	c.run("remote", "add", "-q", "-d", "near", c.remote())
	c.run("add", "-q", "data", "gone")
	datasettest.Must(t, os.Remove(filepath.Join(c.root, "gone.dvc")))
	return c
}

func (c *copy) remote() string { return filepath.Join(filepath.Dir(c.root), "near") }
func (c *copy) cache() string  { return filepath.Join(c.root, ".dvc", "cache") }

// sound fails where an object does not hash to its name, or a listing is there without its files, and counts objects.
func (c *copy) sound(folder string) (n int) {
	c.t.Helper()
	ctx := context.Background()
	objects := cache.New(folder, object.Current, draw.Reader(c.t))
	damaged, n, err := objects.Verify(ctx)
	if err != nil || len(damaged) > 0 {
		c.t.Fatal("damaged:", damaged, err)
	}
	err = objects.Each(ctx, func(id object.ID) error {
		if !id.Dir {
			return nil
		}
		r, size, err := objects.Open(ctx, id)
		if err != nil {
			return err
		}
		l, err := listing.Parse(r, size, object.Current)
		if err != nil {
			return err
		}
		for i := range l.Len() {
			if _, err := os.Stat(objects.Path(l.ID(i))); err != nil {
				c.t.Errorf("the listing %s is there without %s", id, l.Path(i))
			}
		}
		return r.Close()
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// leastPoints is at how many moments a command is killed at least.
const leastPoints = 50

// points is at how many moments a command is killed.
func points(t *testing.T) int {
	t.Helper()
	return max(kills(t), leastPoints)
}

// TestDataCommandsAreKilled: at whatever moment push, pull and gc end, nothing is lost or damaged, no listing is there
// before its files, and the same command again completes.
func TestDataCommandsAreKilled(t *testing.T) {
	c := newCopy(t, program.Build(t))
	all := c.sound(c.cache())
	c.run("push", "-q")
	sent := c.sound(c.remote())
	want := datasettest.Tree(t, filepath.Join(c.root, "data"))
	remove := func(folders ...string) {
		for _, folder := range folders {
			datasettest.Must(t, os.RemoveAll(folder))
		}
	}
	complete := func(round int) {
		t.Helper()
		if got := datasettest.Tree(t, filepath.Join(c.root, "data")); !slices.Equal(got, want) {
			t.Fatalf("round %d: %d files, want %d", round, len(got), len(want))
		}
		if got := datasettest.Read(t, filepath.Join(c.root, "own.txt")); got != "not tracked" {
			t.Fatal("a file of nobody's is", got)
		}
	}
	for round := range points(t) {
		remove(c.remote())
		c.kill("push", "-q")
		c.sound(c.remote())
		c.run("push", "-q")
		if n := c.sound(c.remote()); n != sent {
			t.Fatalf("round %d: %d objects in the remote, want %d", round, n, sent)
		}
		complete(round)
	}
	for round := range points(t) {
		c.kill("gc", "-w", "-f", "-q")
		c.sound(c.cache())
		c.run("gc", "-w", "-f", "-q")
		if n := c.sound(c.cache()); n != sent {
			t.Fatalf("round %d: %d objects in the cache, want %d", round, n, sent)
		}
		for !strings.Contains(c.run("gc", "--undo"), " 0 objects") {
		}
		if n := c.sound(c.cache()); n != all {
			t.Fatalf("round %d: %d objects came back, want %d", round, n, all)
		}
		complete(round)
	}
	c.run("pull", "-q")
	for round := range points(t) {
		remove(c.cache(), filepath.Join(c.root, "data"))
		c.kill("pull", "-q")
		c.sound(c.cache())
		c.run("pull", "-q")
		if n := c.sound(c.cache()); n != sent {
			t.Fatalf("round %d: %d objects in the cache, want %d", round, n, sent)
		}
		complete(round)
	}
}
