package data

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/lake/duckdb"
)

// Rows that differ are shown one by one, so many of them to a person and to a program.
const (
	rowsShown = 20
	rowsTold  = 1_000
)

// rows compares the rows of files, each of which --targets names.
func (c *diffCommand) rows(s *session) (err error) {
	for _, of := range []struct {
		flag  string
		given bool
	}{{"--md", c.Md}, {"--show-hash", c.ShowHash}, {"--hide-missing", c.HideMissing}} {
		if of.given {
			return fault.WithHint(fault.New(fault.Invalid, "%s is of files, and can't be used with --rows", of.flag), "take --json for a program, or leave --rows away")
		}
	}
	if len(c.Targets) == 0 {
		return fault.WithHint(fault.New(fault.Invalid, "--rows wants the file whose rows are compared"), "name it: tacit data diff --rows --targets data/raw/dataset.csv")
	}
	folder, err := os.MkdirTemp("", "tacit-rows-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	engine, err := duckdb.Open(duckdb.Settings{Folder: folder})
	if err != nil {
		return err
	}
	store := lake.New(engine, nil)
	defer func() { err = errors.Join(err, store.Close()) }()
	var all []any
	for _, target := range c.Targets {
		found := lake.Comparison{Key: c.Key, Examples: rowsShown}
		if c.JSON {
			found.Examples = rowsTold
		}
		names := map[string]string{}
		for _, side := range []struct {
			rev  string
			into *lake.Source
		}{{c.ARev, &found.A}, {c.BRev, &found.B}} {
			if *side.into, err = s.tableIn(side.rev, target); err != nil {
				return err
			}
			names[side.into.Path] = target + " at " + revisionShown(side.rev)
		}
		d, err := store.Compare(s.ctx, found)
		if err != nil {
			return named(err, names)
		}
		if c.JSON {
			all = append(all, rowsObject(target, d))
		} else {
			c.showRows(s, target, d)
		}
	}
	if c.JSON {
		s.print(all)
	}
	return nil
}

// named is a fault that names files as the person does.
func named(err error, names map[string]string) error {
	message := fault.Sentence(err)
	for path, name := range names {
		message = strings.ReplaceAll(message, path, name)
	}
	return fault.WithHint(fault.Because(err, fault.KindOf(err), "%s", message), "%s", fault.HintOf(err))
}

func revisionShown(rev string) string {
	if rev == "" {
		return "the working copy"
	}
	return rev
}

// tableIn is the file that a target is in a revision: an object of the cache, brought there
// where it was not, or for the working copy the file as it lies there.
func (s *session) tableIn(rev, target string) (lake.Source, error) {
	r, err := s.open()
	if err != nil {
		return lake.Source{}, err
	}
	path := r.Path(r.From(s.cwd, target))
	if rev != "" {
		if path, err = s.objectFile(r, rev, target); err != nil {
			return lake.Source{}, err
		}
	} else if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return lake.Source{}, fault.WithHint(fault.New(fault.NotFound, "'%s' is no file in the working copy", target), "check it out, or name two revisions")
	}
	source, ok := lake.TableAt(path, target)
	if !ok {
		return lake.Source{}, fault.WithHint(fault.New(fault.Invalid, "'%s' at %s is no table", target, revisionShown(rev)), "rows are compared of CSV, Parquet and JSON lines")
	}
	return source, nil
}

// objectFile is the file of the cache that a target is in a revision.
func (s *session) objectFile(r *repository.Repository, rev, target string) (string, error) {
	ix, err := r.Index(s.ctx, rev)
	if err != nil {
		return "", err
	}
	selected, err := r.Select(ix, s.cwd, []string{target}, repository.Flags{})
	if err != nil {
		return "", err
	}
	if len(selected) != 1 || !selected[0].Out.Known {
		return "", fault.New(fault.Invalid, "'%s' names %d files at %s: rows are compared of one", target, len(selected), rev)
	}
	out, sub := selected[0].Out, selected[0].Sub
	id := out.ID
	if id.Dir {
		if err := s.bring(r, rev, target, out, id); err != nil {
			return "", err
		}
		l, err := r.Listing(s.ctx, out.Layout, id)
		if err != nil {
			return "", err
		}
		i, ok := l.Find([]byte(sub))
		if !ok {
			return "", fault.WithHint(fault.New(fault.NotFound, "'%s' is no file at %s", target, rev), "rows are compared of one file: name it with its whole path")
		}
		id = l.ID(i)
	}
	return r.Cache(out.Layout).Path(id), s.bring(r, rev, target, out, id)
}

// bring has an object of an out in the cache, fetched from the remote where it is not.
func (s *session) bring(r *repository.Repository, rev, target string, out *repository.Out, id object.ID) error {
	absent, err := r.Cache(out.Layout).Absent(s.ctx, []object.ID{id})
	if err != nil || !absent[id] {
		return err
	}
	d, err := s.sharing()
	if err != nil {
		return err
	}
	if err := d.Bring(s.ctx, out, id); err != nil {
		err = fault.Because(err, fault.NotFound, "the object %s of '%s' at %s is not in the cache, and cannot be fetched: %s", id, target, rev, fault.Sentence(err))
		return fault.WithHint(err, "push it from where it was added")
	}
	return nil
}

// showRows prints what became of the rows.
func (c *diffCommand) showRows(s *session, target string, d lake.Difference) {
	by := "rows as they are"
	if len(c.Key) > 0 {
		by = "by " + namesShown(c.Key)
	}
	s.say("%s: %s → %s, %s", target, revisionShown(c.ARev), revisionShown(c.BRev), by)
	s.say("  %d rows before, %d after", d.RowsA, d.RowsB)
	counts := fmt.Sprintf("%d added, %d removed", d.Added, d.Removed)
	if len(c.Key) > 0 {
		counts += fmt.Sprintf(", %d changed", d.Changed)
	}
	s.say("  %s, %d same", counts, d.Same)
	for _, name := range d.Columns {
		if n := d.ChangedIn[name]; n > 0 {
			s.say("  changed in %s: %d", quoteLine(name), n)
		}
	}
	for _, part := range []struct {
		word  string
		names []string
	}{{"new columns, not compared", d.ColumnsAdded}, {"columns that are gone, not compared", d.ColumnsRemoved}, {"columns of another type, compared as numbers or as they are written", d.ColumnsRetyped}} {
		if len(part.names) > 0 {
			s.say("  %s: %s", part.word, namesShown(part.names))
		}
	}
	for _, e := range d.Examples {
		s.say("  %s", c.rowShown(d, e))
	}
	if more := d.Added + d.Removed + d.Changed - shownRows(d); more > 0 {
		s.say("  and %d more; --json tells up to %d", more, rowsTold)
	}
}

// shownRows is how many rows the examples stand for.
func shownRows(d lake.Difference) (n int64) {
	for _, e := range d.Examples {
		n += e.Times
	}
	return n
}

// rowShown is a row that differs, in a line: of one that changed the key and what
// changed.
func (c *diffCommand) rowShown(d lake.Difference, e lake.Example) string {
	mark, row := "+", e.After
	switch e.Change {
	case lake.RowRemoved:
		mark, row = "-", e.Before
	case lake.RowChanged:
		mark = "~"
	}
	var parts []string
	for i, name := range d.Columns {
		if e.Change != lake.RowChanged || slices.Contains(c.Key, name) {
			parts = append(parts, quoteLine(name)+"="+valueShown(row[i]))
		} else if before, after := bothShown(e.Before[i], e.After[i]); before != after {
			parts = append(parts, quoteLine(name)+": "+before+" → "+after)
		}
	}
	line := mark + " " + strings.Join(parts, "  ")
	if e.Times > 1 {
		line += fmt.Sprintf("  (%d times)", e.Times)
	}
	return line
}

// valueShown is a value as a person reads it.
func valueShown(text *string) string {
	if text == nil {
		return "∅"
	}
	if runes := []rune(*text); len(runes) > longestShown {
		return quoteLine(string(runes[:longestShown])) + "…"
	}
	return quoteLine(*text)
}

// longestShown is how many characters of a value are shown.
const longestShown = 60

// bothShown are a value before and after, with where they differ.
func bothShown(before, after *string) (string, string) {
	a, b := valueShown(before), valueShown(after)
	if a != b || before == nil || after == nil {
		return a, b
	}
	a, b = lake.Apart(*before, *after, longestShown)
	return quoteLine(a), quoteLine(b)
}

// namesShown are names of columns as a person reads them.
func namesShown(all []string) string {
	shown := make([]string, len(all))
	for i, name := range all {
		shown[i] = quoteLine(name)
	}
	return strings.Join(shown, ", ")
}

// quoteLine keeps a text on its line, and what it has for a terminal from that.
func quoteLine(text string) string {
	hidden := func(r rune) bool { return !unicode.IsGraphic(r) }
	if text == "" || !utf8.ValidString(text) || strings.ContainsFunc(text, hidden) || text == "∅" {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// rowsObject is what became of the rows, as JSON.
func rowsObject(target string, d lake.Difference) document {
	names := func(all []string) []any {
		list := make([]any, len(all))
		for i, name := range all {
			list[i] = name
		}
		return list
	}
	changedIn := document{}
	for _, name := range d.Columns {
		if n := d.ChangedIn[name]; n > 0 {
			changedIn.set(name, n)
		}
	}
	examples := []any{}
	row := func(values []*string) any {
		if values == nil {
			return nil
		}
		o := document{}
		for i, v := range values {
			if v == nil {
				o.set(d.Columns[i], nil)
			} else {
				o.set(d.Columns[i], *v)
			}
		}
		return o
	}
	for _, e := range d.Examples {
		examples = append(examples, document{{"change", string(e.Change)}, {"times", e.Times}, {"before", row(e.Before)}, {"after", row(e.After)}})
	}
	return document{
		{"path", target}, {"rows", document{{"before", d.RowsA}, {"after", d.RowsB}}},
		{"added", d.Added}, {"removed", d.Removed}, {"changed", d.Changed}, {"same", d.Same}, {"changed_in", changedIn},
		{"columns", document{{"compared", names(d.Columns)}, {"added", names(d.ColumnsAdded)}, {"removed", names(d.ColumnsRemoved)}, {"retyped", names(d.ColumnsRetyped)}}},
		{"examples", examples}, {"truncated", shownRows(d) < d.Added+d.Removed+d.Changed},
	}
}
