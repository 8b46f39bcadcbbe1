package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

// generation is one write-ahead file and what is in it.
type generation struct {
	writer string // whose file it is: this process's, or a dead one's
	number int64
	path   string
	size   int64
	tables map[Table]*tail

	readers int  // queries that have its files
	gone    bool // its rows are segments: the files go with the last reader
}

// tail is what of a table is in one write-ahead file.
type tail struct {
	batches []stamped

	mu      sync.Mutex
	written int // of batches, that lie in files
	files   []tailFile
}

// tailFile is rows of one day, for queries.
type tailFile struct{ day, path string }

// group is what one sync makes durable.
type group struct {
	frames  []byte
	appends []stamped
	done    chan struct{}
	err     error
	turn    bool  // another write-ahead file is begun behind it
	turned  error // why not
}

func newGroup() *group { return &group{done: make(chan struct{})} }

// Append adds rows to a table. They are durable when it returns nil, and queries
// of this process see them from then on; those of others once they are a
// segment. The batch must not be changed afterwards. Columns that the batch lacks
// have no value. fault.Unavailable when nothing can be written: then the rows may
// nevertheless be there, as after any answer that was lost.
func (t *Tables) Append(ctx context.Context, table Table, b *Batch) (err error) {
	defer fault.Wrap(&err, "lake.Append(%s)", table.Name)
	if err := table.check(); err != nil {
		return err
	}
	if b.Rows == 0 {
		return nil
	}
	d, err := t.fitting(ctx, table, b)
	if err != nil {
		return err
	}
	s := stamped{table, t.Now().UnixMicro(), d.Time, b}
	if _, err := s.days(); err != nil {
		return err
	}
	f := frame(s)
	if len(f) > maxFrame {
		return fault.New(fault.Limit, "The rows have %d bytes; at once %d are taken.", len(f), maxFrame)
	}
	g, err := t.join(s, f)
	if err != nil {
		return err
	}
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fitting checks that the batch can lie in the table.
func (t *Tables) fitting(ctx context.Context, table Table, b *Batch) (Declaration, error) {
	if b.Rows > maxRows {
		return Declaration{}, fault.New(fault.Limit, "%d rows are given; at once %d are taken.", b.Rows, maxRows)
	}
	d, err := t.schema(ctx, table, false)
	if err != nil {
		return d, err
	}
	if d.fits(b) != nil { // another process may have added columns
		if d, err = t.schema(ctx, table, true); err != nil {
			return d, err
		}
	}
	return d, d.fits(b)
}

func (d Declaration) fits(b *Batch) error {
	if len(b.Columns) == 0 || len(b.Vectors) != len(b.Columns) {
		return fault.New(fault.Invalid, "Rows without columns cannot be kept.")
	}
	seen := map[string]bool{}
	for i, c := range b.Columns {
		v := &b.Vectors[i]
		switch k := d.kind(c.Name); {
		case seen[c.Name]:
			return fault.New(fault.Invalid, "The column %q is given twice.", c.Name)
		case k == 0:
			return fault.New(fault.Invalid, "The table has no column %q.", c.Name)
		case k != c.Kind || v.Kind != c.Kind:
			return fault.New(fault.Invalid, "The column %q holds %s, not %s.", c.Name, k, c.Kind)
		case v.Nulls != nil && len(v.Nulls) != b.Rows || max(len(v.Bools), len(v.Ints), len(v.Floats), len(v.Texts)) != b.Rows:
			return fault.New(fault.Invalid, "The column %q does not have %d values.", c.Name, b.Rows)
		case c.Kind == Text && slices.ContainsFunc(v.Texts, func(s string) bool { return !utf8.ValidString(s) }):
			return fault.New(fault.Invalid, "The column %q has a text that is not UTF-8.", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// join makes an Append part of the next sync.
func (t *Tables) join(s stamped, f []byte) (*group, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ending:
		return nil, fault.New(fault.Unavailable, "The store of columns is closed.")
	case t.broken != nil:
		return nil, t.broken
	case t.unsealed+int64(len(t.forming.frames)+len(f)) > t.Unsealed:
		return nil, fault.WithHint(fault.New(fault.Unavailable, "Too many rows wait to be written to the store of bytes."), "See whether the store of bytes can be written.")
	}
	g := t.forming
	g.frames = append(g.frames, f...)
	g.appends = append(g.appends, s)
	if len(g.appends) == 1 {
		t.poke()
	}
	return g, nil
}

// write makes groups durable, one after the other, until all ends.
func (t *Tables) write() {
	defer close(t.ended)
	for range t.wake {
		for {
			t.mu.Lock()
			g := t.forming
			if len(g.appends) == 0 && !g.turn {
				ending := t.ending
				t.mu.Unlock()
				if ending {
					return
				}
				break
			}
			t.forming = newGroup()
			t.mu.Unlock()
			if len(g.appends) > 0 {
				g.err = t.commit(g)
			}
			if g.turn {
				g.turned = t.begin()
			}
			close(g.done)
		}
	}
}

// commit writes a group and syncs it; then its rows are seen.
func (t *Tables) commit(g *group) error {
	t.mu.Lock()
	last, broken := t.generations[len(t.generations)-1], t.broken
	t.mu.Unlock()
	if broken != nil {
		return broken
	}
	_, err := t.file.Write(g.frames)
	if err == nil {
		err = t.file.Sync()
	}
	if err != nil {
		return t.failed(last, err)
	}
	t.mu.Lock()
	last.size += int64(len(g.frames))
	t.unsealed += int64(len(g.frames))
	for _, s := range g.appends {
		of := last.tables[s.table]
		if of == nil {
			of = &tail{}
			last.tables[s.table] = of
		}
		of.batches = append(of.batches, s)
	}
	full := last.size >= t.SealBytes
	t.mu.Unlock()
	if full {
		if err := t.rotate(); err != nil {
			// What was written is durable; the next group finds out.
			t.mu.Lock()
			t.broken = err
			t.mu.Unlock()
		}
	}
	return nil
}

// begin begins another write-ahead file when there is something in the last.
func (t *Tables) begin() error {
	t.mu.Lock()
	needed := len(t.generations[len(t.generations)-1].tables) > 0 || t.broken != nil
	t.mu.Unlock()
	if !needed {
		return nil
	}
	err := t.rotate()
	if err == nil {
		t.mu.Lock()
		t.broken = nil // nothing is behind what was acknowledged
		t.mu.Unlock()
	}
	return err
}

// failed gives up a write-ahead file behind what was acknowledged, and goes on
// with another.
func (t *Tables) failed(last *generation, cause error) error {
	err := writable.Failing(cause, "the write-ahead file of columns")
	if noRoom(cause) {
		err = writable.NoRoom(cause, "the write-ahead file of columns")
	}
	cut := t.file.Truncate(last.size)
	// After a failed sync nobody knows what of the file is durable but that what
	// was synced before is: nothing more is written to it. On a full disk it goes
	// on where it was, if what was not acknowledged is gone from it.
	e := t.rotate()
	if e == nil || cut == nil && noRoom(cause) {
		return err
	}
	t.mu.Lock()
	t.broken = errors.Join(err, cut, e)
	t.mu.Unlock()
	return err
}

// rotate closes the write-ahead file and begins another.
func (t *Tables) rotate() error {
	number := t.made.Add(1)
	path := t.path(walFolder, fmt.Sprintf("%s-%d.wal", t.writer, number))
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return fault.Because(err, fault.Unavailable, "A write-ahead file cannot be made.")
	}
	if _, err = file.WriteString(magic); err == nil {
		if err = file.Sync(); err == nil {
			err = syncFolder(t.path(walFolder))
		}
	}
	if err != nil {
		_ = file.Close()
		_ = os.Remove(path)
		return fault.Because(err, fault.Unavailable, "A write-ahead file cannot be made.")
	}
	t.mu.Lock()
	old := t.file
	t.file = file
	t.generations = append(t.generations, &generation{writer: t.writer, number: number, path: path, size: int64(len(magic)), tables: map[Table]*tail{}})
	t.mu.Unlock()
	if old != nil {
		_ = old.Close() // what counts of it is synced
	}
	return nil
}

// days gives the day of each row, as 2026-11-27.
func (s stamped) days() (map[string][]int, error) {
	i := slices.IndexFunc(s.batch.Columns, func(c Column) bool { return c.Name == s.time })
	all := map[string][]int{}
	if s.time == "" || i < 0 {
		all[day(s.at)] = nil // all of them
		return all, nil
	}
	v := &s.batch.Vectors[i]
	for row := range s.batch.Rows {
		at := s.at
		if !v.Null(row) {
			at = v.Ints[row]
		}
		d := day(at)
		if strings.HasPrefix(d, "-") || len(d) != 10 {
			return nil, fault.New(fault.Invalid, "The time %d of row %d is not between the years 0 and 9999: microseconds are wanted.", at, row+1)
		}
		all[d] = append(all[d], row)
	}
	if len(all) > maxDays {
		return nil, fault.New(fault.Limit, "The rows are of %d different days; at once %d are taken.", len(all), maxDays)
	}
	return all, nil
}
