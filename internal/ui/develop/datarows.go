package develop

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

const (
	// rowsShown is how many rows that differ stand on a page.
	rowsShown = 50
	// rowsUnasked is up to how many bytes both files have together whose rows are
	// compared without being asked for: it takes a second or two.
	rowsUnasked = 64 << 20
)

// rowsView is which rows of a table differ.
type rowsView struct {
	Key   string // columns that name a row, as they were typed
	Names []string
	Asked bool   // they are compared; else that they could be is told
	Error string // why they are not
	lake.Difference
	Pages kit.Pages
}

// keyOf are the columns that an address names.
func keyOf(text string) (all []string) {
	for _, name := range strings.Split(text, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// compareRows compares the rows of two files that are tables.
func (p *Pages) compareRows(ctx context.Context, v *differenceView, a, b object.ID, q url.Values) error {
	if v.Tables == nil || v.Tables.Why != "" || a == b {
		return nil
	}
	rows := &rowsView{Key: strings.TrimSpace(q.Get("key")), Pages: kit.Pages{At: kit.AtOf(q.Get("rowat")), Noun: "differing rows"}}
	for _, c := range v.Tables.Columns {
		rows.Names = append(rows.Names, c.Name)
	}
	v.Rows = rows
	if rows.Asked = q.Has("rows") || v.Sum.BytesBefore+v.Sum.BytesAfter <= rowsUnasked; !rows.Asked {
		return nil
	}
	var next string
	var err error
	rows.Difference, next, err = p.Data.RowChanges(ctx, v.After.Remote, a, b, keyOf(rows.Key), dataset.Paging{Limit: rowsShown, Token: q.Get("row")})
	switch {
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Limit), fault.Is(err, fault.Unsupported):
		rows.Error = fault.Sentence(err)
		return nil
	case err != nil:
		return err
	}
	rows.Pages.Shown = len(rows.Examples)
	if q.Get("row") != "" {
		rows.Pages.First = v.rowsAddress(ctx, "", 0)
	}
	if next != "" {
		rows.Pages.Next = v.rowsAddress(ctx, next, rows.Pages.At+len(rows.Examples))
	}
	return nil
}

// rowsAddress is the page with another page of rows.
func (v differenceView) rowsAddress(ctx context.Context, after string, at int) string {
	q := url.Values{"a": {v.Before.ID.String()}, "b": {v.After.ID.String()}, "path": {v.Path}, "key": {v.Rows.Key}, "rows": {"1"}, "row": {after}}
	if after != "" {
		q.Set("rowat", itoa(at))
	}
	return kit.With(kit.To(ctx, "data", "in", v.After.Remote, "difference"), q)
}

// cellsOf are the cells of a row that differs: what is now, and beside it what was where
// that is another value.
func cellsOf(e lake.Example, columns []string) (all []rowCell) {
	const longest = 60
	value := func(of []*string, i int) (string, bool) {
		if i >= len(of) {
			return "", false
		}
		if of[i] == nil {
			return format.None, true
		}
		return *of[i], true
	}
	for i := range columns[:min(len(columns), previewCells)] {
		was, before := value(e.Before, i)
		now, after := value(e.After, i)
		switch {
		case before && after && was != now:
			was, now = lake.Apart(was, now, longest)
			all = append(all, rowCell{now, was})
		case after:
			all = append(all, rowCell{format.Shorten(now, longest), ""})
		default:
			all = append(all, rowCell{format.Shorten(was, longest), ""})
		}
	}
	return all
}

// rowCell is a value, and what it was before where that is another.
type rowCell struct{ Now, Was string }

// told says in words which rows differ.
func (r rowsView) told() string {
	parts := []string{format.Count(r.Added) + " added", format.Count(r.Removed) + " removed"}
	if len(keyOf(r.Key)) > 0 {
		parts = append(parts, format.Count(r.Changed)+" changed")
	}
	return strings.Join(append(parts, format.Count(r.Same)+" the same"), ", ")
}

// head says it beside the title, where they are compared.
func (r rowsView) head() string {
	if !r.Asked || r.Error != "" {
		return ""
	}
	return r.told()
}

// hint names a column that could be the key.
func (r rowsView) hint() string {
	if len(r.Names) == 0 {
		return "columns that name a row, by commas"
	}
	return "columns that name a row, by commas, as " + format.Shorten(r.Names[0], 30) + "; without, rows are compared whole"
}
