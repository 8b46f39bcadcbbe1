package lake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Table names a table of Append.
type Table struct{ Workspace, Name string }

// Declaration says what columns a table has: Bool, Int, Float, Text and Bytes.
// Times are Ints of microseconds.
type Declaration struct {
	Columns []Column
	// Time is the column of microseconds, UTC, by whose day rows are laid; a row
	// without is laid by when it was appended. "" has all rows laid so.
	Time string
}

var tableName = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,99}$`)

// check refuses what names no table.
func (t Table) check() error {
	if !tableName.MatchString(t.Name) {
		return fault.New(fault.Invalid, "%q is no name of a table: lower-case letters, digits, dots, dashes and underscores after a letter, 100 at most.", t.Name)
	}
	return blobs.CheckKey(t.folder() + "x")
}

// folder is where the table's bytes lie.
func (t Table) folder() string { return "lake/" + t.Workspace + "/" + t.Name + "/" }

// storable reports whether a table may have columns of a kind.
func storable(k Kind) bool {
	return k == Bool || k == Int || k == Float || k == Text || k == Bytes
}

// partition is the name of the folders of days, as a column.
const partition = "dt"

func (d Declaration) check() error {
	if len(d.Columns) == 0 || len(d.Columns) > maxWide {
		return fault.New(fault.Invalid, "A table has 1 to %d columns, not %d.", maxWide, len(d.Columns))
	}
	names := map[string]bool{partition: true}
	for _, c := range d.Columns {
		key := strings.ToLower(c.Name)
		switch {
		case c.Name == "" || len(c.Name) > maxColumn || !utf8.ValidString(c.Name) || strings.ContainsFunc(c.Name, func(r rune) bool { return r < 0x20 }):
			return fault.New(fault.Invalid, "%q is no name of a column.", c.Name)
		case names[key]:
			return fault.New(fault.Invalid, "The name %q is taken: columns differ in more than the case of letters, and none is %q.", c.Name, partition)
		case !storable(c.Kind):
			return fault.New(fault.Invalid, "The column %q cannot be of the kind %q: bool, int, float, text or bytes.", c.Name, c.Kind)
		}
		names[key] = true
	}
	if d.Time != "" && d.kind(d.Time) != Int {
		return fault.New(fault.Invalid, "The time %q is no column of integers.", d.Time)
	}
	return nil
}

// kind is the kind of a column, 0 when there is none.
func (d Declaration) kind(name string) Kind {
	for _, c := range d.Columns {
		if c.Name == name {
			return c.Kind
		}
	}
	return 0
}

// with adds what e has and d has not.
func (d Declaration) with(e Declaration) (Declaration, error) {
	if len(d.Columns) == 0 {
		return e, nil
	}
	if d.Time != e.Time {
		return d, fault.New(fault.Conflict, "The table's time is %q and cannot become %q.", d.Time, e.Time)
	}
	d.Columns = slices.Clone(d.Columns)
	for _, c := range e.Columns {
		switch k := d.kind(c.Name); {
		case k == 0:
			d.Columns = append(d.Columns, c)
		case k != c.Kind:
			return d, fault.New(fault.Conflict, "The column %q holds %s and cannot hold %s.", c.Name, k, c.Kind)
		}
	}
	return d, d.check()
}

// declared is a Declaration as it is kept.
type declared struct {
	Columns []declaredColumn `json:"columns"`
	Time    string           `json:"time,omitempty"`
}

type declaredColumn struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// maxObject is the most that an object about a table may have, in bytes.
const maxObject = 16 << 20

const schemaFolder = "_schema/"

// declaration reads what a table was declared to be: all that any process
// declared, in the order of width. fault.NotFound when nothing was.
func (t *Tables) declaration(ctx context.Context, table Table) (Declaration, error) {
	entries, err := t.list(ctx, table.folder()+schemaFolder)
	if err != nil {
		return Declaration{}, err
	}
	var d Declaration
	for _, e := range entries {
		var kept declared
		if err := t.read(ctx, e.Key, &kept); err != nil {
			return d, err
		}
		next := Declaration{Time: kept.Time}
		for _, c := range kept.Columns {
			next.Columns = append(next.Columns, Column{Name: c.Name, Kind: KindOf(c.Kind)})
		}
		if d, err = d.with(next); err != nil {
			return d, err
		}
	}
	if len(d.Columns) == 0 {
		return d, fault.New(fault.NotFound, "There is no table %q.", table.Name)
	}
	return d, nil
}

// Declare makes a table, or adds columns to it; fault.Conflict when a column
// would change. Columns that are there and not named stay.
func (t *Tables) Declare(ctx context.Context, table Table, d Declaration) (err error) {
	defer fault.Wrap(&err, "lake.Declare(%s)", table.Name)
	if err := table.check(); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	t.declaring.Lock()
	defer t.declaring.Unlock()
	old, err := t.declaration(ctx, table)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	whole, err := old.with(d)
	if err != nil {
		return err
	}
	if len(whole.Columns) > len(old.Columns) {
		if err := t.keep(ctx, table, whole); err != nil {
			return err
		}
		// Another process may have declared at the same time: who finds that both
		// cannot be takes back what it said.
		all, err := t.declaration(ctx, table)
		if err != nil {
			_ = t.Blobs.Delete(ctx, schemaKey(table, whole))
			return err
		}
		whole = all
	}
	t.mu.Lock()
	t.known[table] = whole
	t.mu.Unlock()
	return nil
}

func (d Declaration) kept() []byte {
	k := declared{Time: d.Time}
	for _, c := range d.Columns {
		k.Columns = append(k.Columns, declaredColumn{c.Name, c.Kind.String()})
	}
	text, err := json.Marshal(k)
	if err != nil {
		panic(err) // texts alone
	}
	return text
}

func schemaKey(table Table, d Declaration) string {
	sum := sha256.Sum256(d.kept())
	return fmt.Sprintf("%s%s%05d-%s.json", table.folder(), schemaFolder, len(d.Columns), hex.EncodeToString(sum[:6]))
}

func (t *Tables) keep(ctx context.Context, table Table, d Declaration) error {
	text := d.kept()
	_, err := t.Blobs.Put(ctx, schemaKey(table, d), bytes.NewReader(text), int64(len(text)))
	return err
}

// schema is a table's declaration, as this process last read it.
func (t *Tables) schema(ctx context.Context, table Table, fresh bool) (Declaration, error) {
	t.mu.Lock()
	d, ok := t.known[table]
	t.mu.Unlock()
	if ok && !fresh {
		return d, nil
	}
	d, err := t.declaration(ctx, table)
	if err == nil {
		t.mu.Lock()
		t.known[table] = d
		t.mu.Unlock()
	}
	return d, err
}

// list is all that lies below a prefix.
func (t *Tables) list(ctx context.Context, prefix string) ([]blobs.Entry, error) {
	var all []blobs.Entry
	after := ""
	for {
		page, err := t.Blobs.List(ctx, blobs.List{Prefix: prefix, Deep: true, After: after})
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
		after = page[len(page)-1].Key
	}
}

// read reads a small object of JSON.
func (t *Tables) read(ctx context.Context, key string, to any) error {
	body, _, err := t.Blobs.Get(ctx, key, blobs.Range{})
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(io.LimitReader(body, maxObject))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("lake: %s: %w", key, err)
	}
	return nil
}
