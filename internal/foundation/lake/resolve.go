package lake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// resolve says in which files the rows of a table lie: those of segments, and
// those that are acknowledged and no segment yet. They stay until release.
func (t *Tables) resolve(ctx context.Context, s Source) (_ Source, release func(), err error) {
	table := *s.Table
	if err := table.check(); err != nil {
		return s, nil, err
	}
	d, err := t.schema(ctx, table, true)
	if err != nil {
		return s, nil, err
	}
	base, err := t.base(d)
	if err != nil {
		return s, nil, err
	}
	// First what is no segment yet, then the segments: what becomes one between
	// the two is known by its name.
	tails, giveTails := t.tails(table)
	for range tries {
		files, give, err := t.files(ctx, table, s, tails)
		if fault.Is(err, fault.NotFound) {
			continue // compaction removed a segment that was seen a while ago
		}
		if err != nil {
			giveTails()
			return s, nil, err
		}
		s.Files = append([]string{base}, files...)
		return s, func() { give(); giveTails() }, nil
	}
	giveTails()
	return s, nil, fault.New(fault.Unavailable, "The table %q changes faster than it can be read.", table.Name)
}

// pending is what of a table is acknowledged and no segment, in one generation.
type pending struct {
	*generation
	of *tail
	n  int // of its batches
}

// tails are what is no segment now; their files stay until release.
func (t *Tables) tails(table Table) (all []pending, release func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range t.generations {
		if of := g.tables[table]; of != nil {
			g.readers++
			all = append(all, pending{g, of, len(of.batches)})
		}
	}
	return all, func() {
		var over []*generation
		t.mu.Lock()
		for _, p := range all {
			if p.readers--; p.readers == 0 && p.gone {
				over = append(over, p.generation)
			}
		}
		t.mu.Unlock()
		for _, g := range over {
			g.clear()
		}
	}
}

// files are the files of one look at a table.
func (t *Tables) files(ctx context.Context, table Table, s Source, tails []pending) (files []string, release func(), err error) {
	var gives []func()
	release = func() {
		for _, give := range gives {
			give()
		}
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	v, err := t.look(ctx, table, s.Since, s.Until)
	if err != nil {
		return nil, nil, err
	}
	ours := map[string]bool{}
	for _, p := range tails {
		ours[p.name()] = true
	}
	for _, seg := range v.all {
		if !v.of(seg.day).sees(seg.name) || ours[seg.name] {
			continue
		}
		path, give, err := t.local(ctx, seg)
		if err != nil {
			return nil, nil, err
		}
		files, gives = append(files, path), append(gives, give)
	}
	for _, p := range tails {
		parts, err := t.tailFiles(p)
		if err != nil {
			return nil, nil, err
		}
		for _, f := range parts {
			// Another process may have merged a segment whose write-ahead file is
			// still here: then its rows are among the segments.
			if within(f.day, s.Since, s.Until) && !v.of(f.day).holds(p.writer, p.number) {
				files = append(files, f.path)
			}
		}
	}
	return files, release, nil
}

// tailFiles writes what of a tail lies in no file yet, and gives all its files.
func (t *Tables) tailFiles(p pending) ([]tailFile, error) {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	if p.of.written < p.n {
		t.mu.Lock()
		fresh := p.of.batches[p.of.written:p.n]
		t.mu.Unlock()
		days, err := byDay(fresh)
		if err != nil {
			return nil, err
		}
		var files []tailFile
		for _, d := range slices.Sorted(maps.Keys(days)) {
			path := t.path(tailFolder, fmt.Sprintf("%d.parquet", t.made.Add(1)))
			if err := writeFile(path, days[d].write); err != nil {
				return nil, err
			}
			files = append(files, tailFile{d, path})
		}
		p.of.files, p.of.written = append(p.of.files, files...), p.n
	}
	return slices.Clone(p.of.files), nil
}

// base is a file of no rows with all columns of a table, which the first file of
// a query must have.
func (t *Tables) base(d Declaration) (string, error) {
	sum := sha256.Sum256(d.kept())
	path := t.path(tailFolder, "base-"+hex.EncodeToString(sum[:12])+".parquet")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	var whole bytes.Buffer
	if err := newSegment(&whole, d.Columns).close(); err != nil {
		return "", err
	}
	// Two may make it at once.
	made := t.path(workFolder, fmt.Sprintf("%d", t.made.Add(1)))
	err := writeFile(made, func(w io.Writer) error { _, err := w.Write(whole.Bytes()); return err })
	if err == nil {
		err = os.Rename(made, path)
	}
	return path, err
}

// checkDays refuses bounds that are no days.
func (s Source) checkDays() error {
	for _, d := range []string{s.Since, s.Until} {
		if d != "" && (len(d) != 10 || strings.Trim(d, "0123456789-") != "") {
			return fault.New(fault.Invalid, "%q is no day: 2026-11-27 is one.", d)
		}
	}
	return nil
}
