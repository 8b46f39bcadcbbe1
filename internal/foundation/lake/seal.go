package lake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func day(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.DateOnly) }

// name is what segments of a generation are called, in whatever folder: who
// finds one need not write it again, and who writes it again replaces it.
func (g *generation) name() string { return leafName(g.writer, g.number) }

func leafName(writer string, number int64) string {
	return fmt.Sprintf("w-%s-%d.parquet", writer, number)
}

// leafOf takes apart what leafName made.
func leafOf(name string) (writer string, number int64, ok bool) {
	name, isLeaf := strings.CutPrefix(name, "w-")
	name, isParquet := strings.CutSuffix(name, ".parquet")
	writer, digits, ok := strings.Cut(name, "-")
	number, err := strconv.ParseInt(digits, 10, 64)
	return writer, number, isLeaf && isParquet && ok && err == nil && number > 0 && writer != ""
}

// segmentKey is where a segment of a day lies.
func segmentKey(t Table, day, name string) string {
	return t.folder() + partition + "=" + day + "/" + name
}

// recover takes up the write-ahead files that a dead process left.
func (t *Tables) recover() error {
	files, err := filepath.Glob(t.path(walFolder, "*.wal"))
	if err != nil {
		return err
	}
	for _, path := range files {
		writer, number, ok := leafOf("w-" + strings.TrimSuffix(filepath.Base(path), ".wal") + ".parquet")
		if !ok {
			return fault.New(fault.Invalid, "%s is no write-ahead file of tacit's.", path)
		}
		g := &generation{writer: writer, number: number, path: path, tables: map[Table]*tail{}}
		if err := g.load(); errors.Is(err, errDamaged) {
			t.damaged = append(t.damaged, path)
		} else if err != nil {
			return fmt.Errorf("lake: %s: %w", path, err)
		}
		t.generations = append(t.generations, g)
		t.unsealed += g.size
	}
	return nil
}

// Damaged are the write-ahead files of which something in the middle cannot be
// read. What is before it was taken up; they are kept beside under another name.
func (t *Tables) Damaged() []string { return slices.Clone(t.damaged) }

// load reads a write-ahead file up to where it breaks off.
func (g *generation) load() error {
	file, err := os.Open(g.path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	in := bufio.NewReaderSize(file, 1<<20)
	start := make([]byte, len(magic))
	if n, err := io.ReadFull(in, start); err != nil || string(start) != magic {
		if n < len(magic) && strings.HasPrefix(magic, string(start[:n])) {
			return nil // it had just been made
		}
		return errDamaged
	}
	for {
		s, err := readFrame(in)
		if err == io.EOF || errors.Is(err, errTorn) {
			return nil
		}
		if err != nil {
			return err
		}
		of := g.tables[s.table]
		if of == nil {
			of = &tail{}
			g.tables[s.table] = of
		}
		of.batches = append(of.batches, s)
		g.size += int64(len(frame(s)))
	}
}

// Seal makes segments of all that was acknowledged before it was called. What
// fails stays in its write-ahead file, is seen by queries of this process, and is
// tried again by the next Seal.
func (t *Tables) Seal(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "lake.Seal")
	t.sealing.Lock()
	defer t.sealing.Unlock()
	if err := t.turn(ctx); err != nil {
		return err
	}
	t.mu.Lock()
	ready := slices.Clone(t.generations[:len(t.generations)-1])
	t.mu.Unlock()
	for _, g := range ready {
		for _, table := range slices.SortedFunc(maps.Keys(g.tables), compareTables) {
			if err := t.put(ctx, g, table); err != nil {
				return err
			}
		}
		if err := t.forget(g); err != nil {
			return err
		}
	}
	return nil
}

func compareTables(a, b Table) int {
	return strings.Compare(a.folder(), b.folder())
}

// turn has the writer begin another write-ahead file, unless the last is empty.
func (t *Tables) turn(ctx context.Context) error {
	t.mu.Lock()
	if last := t.generations[len(t.generations)-1]; len(last.tables) == 0 && len(t.forming.appends) == 0 && t.broken == nil || t.ending {
		t.mu.Unlock()
		return nil
	}
	g := t.forming
	g.turn = true
	t.mu.Unlock()
	t.poke()
	select {
	case <-g.done:
		return g.turned
	case <-ctx.Done():
		return ctx.Err()
	}
}

// piece is rows of one Append.
type piece struct {
	batch *Batch
	rows  []int // nil means all
}

// dayRows is what of one day is written as one file.
type dayRows struct {
	columns []Column
	pieces  []piece
}

// byDay lays rows by their days.
func byDay(appends []stamped) (map[string]*dayRows, error) {
	all := map[string]*dayRows{}
	for _, s := range appends {
		of, err := s.days()
		if err != nil {
			return nil, err
		}
		for d, rows := range of {
			r := all[d]
			if r == nil {
				r = &dayRows{}
				all[d] = r
			}
			r.pieces = append(r.pieces, piece{s.batch, rows})
			for _, c := range s.batch.Columns {
				if c = (Column{Name: c.Name, Kind: c.Kind}); !slices.Contains(r.columns, c) {
					r.columns = append(r.columns, c)
				}
			}
		}
	}
	return all, nil
}

func (r *dayRows) write(w io.Writer) error {
	s := newSegment(w, r.columns)
	for _, p := range r.pieces {
		if err := s.add(p.batch, p.rows); err != nil {
			return err
		}
	}
	return s.close()
}

// put writes the segments of a table, one a day.
func (t *Tables) put(ctx context.Context, g *generation, table Table) error {
	days, err := byDay(g.tables[table].batches)
	if err != nil {
		return err
	}
	for _, d := range slices.Sorted(maps.Keys(days)) {
		if err := t.store(ctx, segmentKey(table, d, g.name()), days[d].write); err != nil {
			return err
		}
	}
	return nil
}

// store writes an object by way of a local file.
func (t *Tables) store(ctx context.Context, key string, write func(io.Writer) error) (err error) {
	path := t.path(workFolder, fmt.Sprintf("%d", t.made.Add(1)))
	defer func() { _ = os.Remove(path) }()
	if err := writeFile(path, write); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	_, err = t.Blobs.Put(ctx, key, file, info.Size())
	return err
}

// writeFile writes a file that need not survive.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<18)
	err = write(out)
	if err == nil {
		err = out.Flush()
	}
	return errors.Join(err, file.Close())
}

// forget drops a generation whose rows are all segments.
func (t *Tables) forget(g *generation) error {
	t.mu.Lock()
	t.generations = slices.DeleteFunc(t.generations, func(o *generation) bool { return o == g })
	t.unsealed -= g.size
	g.gone = true
	clear := g.readers == 0
	t.mu.Unlock()
	if clear {
		g.clear()
	}
	if slices.Contains(t.damaged, g.path) {
		if err := os.Rename(g.path, g.path+".damaged"); err != nil {
			return err
		}
	} else if err := os.Remove(g.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(g.path))
}

// clear removes what was written for queries.
func (g *generation) clear() {
	for _, of := range g.tables {
		for _, f := range of.files {
			_ = os.Remove(f.path)
		}
	}
}
