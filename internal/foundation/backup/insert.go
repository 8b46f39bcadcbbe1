package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// tableReader takes the records of one table.
type tableReader struct {
	table   table
	columns []column // the archive's, as the store keeps them
	files   int
	count   int64
	bytes   int64
	digest  hash.Hash
}

// Bounds of one INSERT; SQLite takes 32,766 parameters.
const (
	mostParameters = 30_000
	mostAtOnce     = 256 // records
)

// take inserts the records of one file.
func (t *tableReader) take(ctx context.Context, tx *rows.Tx, content []byte) error {
	t.bytes += int64(len(content))
	t.digest.Write(content)
	most := max(1, min(mostAtOnce, mostParameters/len(t.columns)))
	args, records := make([]any, 0, most*len(t.columns)), 0
	for len(content) > 0 {
		line, rest, whole := bytes.Cut(content, []byte{'\n'})
		if !whole {
			return damaged("line %d of the table %s has no end", t.count+1, t.table.name)
		}
		content = rest
		t.count++
		var err error
		if args, err = t.record(args, line, tx.Dialect()); err != nil {
			return damaged("line %d of the table %s: %v", t.count, t.table.name, err)
		}
		if records++; records == most || len(content) == 0 {
			if err := t.insert(ctx, tx, args, records); err != nil {
				return err
			}
			args, records = args[:0], 0
		}
	}
	return nil
}

// record appends the values of one line, in the order of the columns.
func (t *tableReader) record(args []any, line []byte, d rows.Dialect) ([]any, error) {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(line, &values); err != nil {
		return nil, err
	}
	if len(values) != len(t.columns) {
		return nil, fmt.Errorf("%d values, want %d", len(values), len(t.columns))
	}
	for _, c := range t.columns {
		raw, ok := values[c.Name]
		if !ok {
			return nil, fmt.Errorf("no value for %s", c.Name)
		}
		v, err := readValue(raw, c, d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		args = append(args, v)
	}
	return args, nil
}

func (t *tableReader) insert(ctx context.Context, tx *rows.Tx, args []any, records int) error {
	var b strings.Builder
	b.WriteString("INSERT INTO " + quoted(t.table.name) + " (")
	numbered := false
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(c.Name))
		numbered = numbered || c.identity
	}
	stamp := ""
	for _, name := range t.table.stamps {
		b.WriteString(", " + quoted(name))
		stamp += fmt.Sprintf(", '%d'::xid8", rows.RestoredBy) // so that subscribers find it settled
	}
	b.WriteString(")")
	if numbered {
		b.WriteString(" OVERRIDING SYSTEM VALUE")
	}
	b.WriteString(" VALUES ")
	for r := range records {
		if r > 0 {
			b.WriteByte(',')
		}
		place := rows.In(r*len(t.columns)+1, len(t.columns))
		b.WriteString(strings.TrimSuffix(place, ")") + stamp + ")")
	}
	if _, err := tx.Exec(ctx, b.String(), args...); err != nil {
		if rows.IsDuplicate(err) {
			return damaged("two records of the table %s have the same key", t.table.name)
		}
		return fmt.Errorf("insert into %s: %w", t.table.name, err)
	}
	return nil
}
