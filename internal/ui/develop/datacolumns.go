package develop

import (
	"fmt"
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// columnsShown is how many columns of a table are described.
const columnsShown = 200

// columnsView is what is known of the columns of a file.
type columnsView struct {
	Waiting bool
	Failed  string // why they could not be read
	Rows    int64
	Of      int // columns there are
	All     []columnRow
}

// columnRow is a column: its type, how much is missing, and how its values lie.
type columnRow struct {
	Name, Type   string
	Missing      int64
	MissingShare string
	Distinct     string
	Least, Most  string
	Mean, Spread string
	Histogram    chart.Histogram
	Frequent     string // the most frequent values with their shares
}

// profiledColumns is what a profile says; nil where the file is no table.
func profiledColumns(known dataset.Profiled) *columnsView {
	switch known.State {
	case dataset.ProfileWaiting:
		return &columnsView{Waiting: true}
	case dataset.ProfileFailed:
		return &columnsView{Failed: known.Reason}
	case dataset.ProfileNone:
		return nil
	}
	v := &columnsView{Rows: known.Profile.Rows, Of: len(known.Profile.Columns)}
	for i, c := range known.Profile.Columns {
		if i >= len(known.Profile.Values) || i == columnsShown {
			break
		}
		v.All = append(v.All, columnOf(c, known.Profile.Values[i], known.Profile.Rows))
	}
	return v
}

func columnOf(c lake.Column, of lake.ColumnProfile, rows int64) columnRow {
	row := columnRow{
		Name: c.Name, Type: typeOf(c), Missing: of.Nulls, Distinct: format.Count(of.Distinct), Least: of.Min, Most: of.Max,
		Frequent: frequent(of, rows), Histogram: histogramOf(c.Name, of),
	}
	if !of.Exact {
		row.Distinct = "about " + row.Distinct
	}
	if rows > 0 {
		row.MissingShare = format.Share(float64(of.Nulls) / float64(rows))
	}
	if numeric(c.Kind) && of.Count > of.NaN+of.Infinite {
		row.Mean, row.Spread = format.Metric(of.Mean), format.Metric(of.Deviation)
	}
	return row
}

// typeOf is the type of a column, in the engine's own word where it has one.
func typeOf(c lake.Column) string {
	if c.Type != "" {
		return strings.ToLower(c.Type)
	}
	return c.Kind.String()
}

func numeric(k lake.Kind) bool { return k == lake.Int || k == lake.Float || k == lake.Decimal }

func histogramOf(name string, of lake.ColumnProfile) chart.Histogram {
	return chart.Histogram{Name: name, From: of.Min, To: of.Max, Now: binsOf(of)}
}

func binsOf(of lake.ColumnProfile) chart.Bins {
	return chart.Bins{Low: of.Low, High: of.High, Counts: of.Histogram}
}

// frequent are the most frequent values of a column of texts.
func frequent(of lake.ColumnProfile, rows int64) string {
	const most = 3
	var all []string
	for _, v := range of.Top[:min(len(of.Top), most)] {
		all = append(all, fmt.Sprintf("%s %s", format.Shorten(shown(v.Text), 24), format.Share(float64(v.Rows)/float64(max(rows, 1)))))
	}
	return strings.Join(all, ", ")
}

// shown is a value as it stands among words.
func shown(text string) string {
	if strings.TrimSpace(text) == "" {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// headOf is the beginning of a table as its profile has it.
func headOf(known dataset.Profiled, name string, size int64) *preview {
	v := &preview{Name: path.Base(name), Size: size}
	columns := known.Profile.Columns
	for _, c := range columns[:min(len(columns), previewCells)] {
		v.Head = append(v.Head, c.Name)
	}
	for _, row := range known.Head {
		cells := make([]string, 0, len(v.Head))
		for _, cell := range row[:min(len(row), len(v.Head))] {
			text := format.None
			if cell != nil {
				text = *cell
			}
			cells = append(cells, text)
		}
		v.Table = append(v.Table, cells)
	}
	if int64(len(known.Head)) < known.Profile.Rows {
		v.Why = fmt.Sprintf("The first %d of %s rows.", len(known.Head), format.Count(known.Profile.Rows))
	}
	v.cells(len(columns))
	return v
}
