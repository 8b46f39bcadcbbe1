//go:build linux

package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// write makes the files, which copies are made of.
func (b *bench) write() error {
	fmt.Fprintln(os.Stderr, "data: writing the files")
	if err := b.writeSmall("small", b.o.files, b.o.folders); err != nil || !slices.Contains(b.o.parts, "large") {
		return err
	}
	if err := os.MkdirAll(filepath.Join(b.folder, "large"), 0o750); err != nil {
		return err
	}
	for i := range 4 {
		if err := b.file(filepath.Join("large", fmt.Sprint(i)), b.o.large, uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

// writeSmall makes many small files, no two the same.
func (b *bench) writeSmall(name string, files, folders int) error {
	draw := rand.New(rand.NewPCG(uint64(files), 6))
	content := make([]byte, 271)
	for i := range files {
		folder := filepath.Join(b.folder, name, fmt.Sprint(i%folders))
		if i < folders {
			if err := os.MkdirAll(folder, 0o750); err != nil {
				return err
			}
		}
		for j := range content {
			content[j] = 'a' + byte(draw.IntN(26))
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%06d.txt", i)), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// file writes bytes that no compression shortens.
func (b *bench) file(name string, size int64, seed uint64) (err error) {
	f, err := os.Create(filepath.Join(b.folder, name))
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	draw := rand.New(rand.NewPCG(seed, 7))
	var word [8]byte
	for n := int64(0); n < size; n += 8 {
		x := draw.Uint64()
		for i := range word {
			word[i] = byte(x >> (8 * i))
		}
		if _, err := w.Write(word[:]); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// start is what a command costs that does nothing.
func (b *bench) start() error {
	for _, p := range b.programs() {
		c, err := b.work(p, "empty")
		if err != nil {
			return err
		}
		for _, job := range []struct {
			name   string
			args   []string
			wanted float64
			own    time.Duration // that is quick enough
		}{{"start: --version", []string{"--version"}, 10, 15 * time.Millisecond}, {"status of an empty repository", []string{"status"}, 30, 25 * time.Millisecond}} {
			t, err := c.again(job.args...)
			if err != nil {
				return err
			}
			b.add(job.name, p.name, t, job.wanted)
			b.bound(job.name, bound{"of its own", job.own, 1})
		}
	}
	return nil
}

// small is what is done with many small files here, with each type of links.
func (b *bench) small() error {
	for _, links := range b.o.links {
		for _, p := range b.programs() {
			fmt.Fprintf(os.Stderr, "data: %s, %s of small files\n", p.name, links)
			if err := b.smallBy(p, links); err != nil {
				return err
			}
		}
	}
	return b.smallLimits()
}

// stepOf is a command and how much faster it is to be.
type stepOf struct {
	job    string
	wanted float64
	again  bool // it leaves all as it was
	args   []string
}

func (b *bench) smallBy(p program, links string) error {
	c, err := b.tracked(p, "small", links, "small")
	if err != nil {
		return err
	}
	wanted := map[string]float64{"copy": 4, "hardlink": 6}[links]
	t, err := c.run("add", "-q", "data")
	if err != nil {
		return err
	}
	b.add("add, "+links, p.name, t, wanted)
	if err := c.git("add", "-A"); err != nil {
		return err
	}
	if err := c.git("commit", "-q", "-m", "one"); err != nil {
		return err
	}
	unchanged := []stepOf{
		{"add, nothing changed", 10, true, []string{"add", "-q", "data"}}, {"status, nothing changed", 10, true, []string{"status"}},
		{"data status, nothing changed", 10, true, []string{"data", "status"}}, {"diff, nothing changed", 10, true, []string{"diff"}},
	}
	if links != "copy" {
		unchanged = nil
	}
	if err := c.steps(unchanged...); err != nil {
		return err
	}
	if err := c.away("data"); err != nil {
		return err
	}
	checkout := []string{"checkout", "-q"}
	return c.steps(stepOf{"checkout, " + links, 4, false, checkout}, stepOf{"checkout, " + links + ", nothing changed", 10, true, checkout})
}

// tracked is a working copy with files, and a type of links.
func (b *bench) tracked(p program, job, links, files string) (*copyOf, error) {
	c, err := b.work(p, job+"-"+links)
	if err != nil {
		return nil, err
	}
	if err := c.set("config", "cache.type", links); err != nil {
		return nil, err
	}
	_, err = b.limit(fmt.Sprintf("cp -r %s %s/data", files, c.root))
	return c, err
}

func (c *copyOf) steps(all ...stepOf) error {
	for _, s := range all {
		do := c.run
		if s.again {
			do = c.again
		}
		t, err := do(s.args...)
		if err != nil {
			return err
		}
		c.add(s.job, c.name, t, s.wanted)
	}
	return nil
}

// smallLimits are what the machine can do with small files.
func (b *bench) smallLimits() error {
	for _, l := range []struct {
		of, line string
		within   float64
		again    int
		jobs     []string
	}{
		{"find -size", "find small -type f -size +0 | wc -l", 2, b.o.again, []string{"add, nothing changed", "status, nothing changed", "data status, nothing changed", "diff, nothing changed", "checkout, copy, nothing changed", "checkout, hardlink, nothing changed"}},
		{"cp -r", "cp -r small limit-copy && sync -f limit-copy", 1.5, 1, []string{"add, copy", "checkout, copy"}},
		{"cp -rl", "cp -rl small limit-link && sync -f limit-link", 1.5, 1, []string{"add, hardlink", "checkout, hardlink"}},
	} {
		var all []time.Duration
		for range l.again {
			d, err := b.limit(l.line)
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		slices.Sort(all)
		for _, job := range l.jobs {
			b.bound(job, bound{l.of, all[len(all)/2], l.within})
		}
	}
	return nil
}

// large is what is done with large files.
func (b *bench) large() error {
	for _, links := range b.o.links {
		for _, p := range b.programs() {
			fmt.Fprintf(os.Stderr, "data: %s, %s of large files\n", p.name, links)
			c, err := b.tracked(p, "large", links, "large")
			if err != nil {
				return err
			}
			if err := c.steps(stepOf{"add of 4 large files, " + links, map[string]float64{"copy": 1.5, "hardlink": 1.2}[links], false, []string{"add", "-q", "data"}}); err != nil {
				return err
			}
			if err := os.RemoveAll(filepath.Dir(c.root)); err != nil {
				return err
			}
		}
	}
	return b.largeLimits()
}

// largeLimits are how fast the processors hash and the disk takes bytes: 90 % of the
// slower is asked for. A link writes nothing.
func (b *bench) largeLimits() error {
	const within = 1 / 0.9
	hashed, err := b.limit("ls large/* | xargs -P $(nproc) -n 1 md5sum >/dev/null")
	if err != nil {
		return err
	}
	b.bound("add of 4 large files, hardlink", bound{"md5sum", hashed, within})
	copied, err := b.limit("cp -r large limit-large && sync -f limit-large")
	if err != nil {
		return err
	}
	slower := bound{fmt.Sprintf("cp, sync -f (md5sum %s)", seconds(hashed)), copied, within}
	if hashed > copied {
		slower = bound{fmt.Sprintf("md5sum (cp, sync -f %s)", seconds(copied)), hashed, within}
	}
	b.bound("add of 4 large files, copy", slower)
	return nil
}

// memory is the largest resident set of add.
func (b *bench) memory() error {
	files, name := b.o.files, "small"
	if b.o.million > 0 {
		files, name = b.o.million, "million"
		fmt.Fprintln(os.Stderr, "data: writing a million files")
		if err := b.writeSmall(name, files, 1_000); err != nil {
			return err
		}
	}
	r := row{job: fmt.Sprintf("memory of add, %d files", files), memory: map[string]int64{}, wanted: 2}
	for _, p := range b.programs() {
		c, err := b.tracked(p, "memory", "hardlink", name)
		if err != nil {
			return err
		}
		t, err := c.run("add", "-q", "data")
		if err != nil {
			return err
		}
		r.memory[p.name] = t.memory
		if err := os.RemoveAll(filepath.Dir(c.root)); err != nil {
			return err
		}
	}
	b.rows = append(b.rows, r)
	return nil
}
