package rest

import (
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// DataSetBody is a data set.
type DataSetBody struct {
	Remote   string          `json:"remote"`
	Path     string          `json:"path" doc:"in the repositories; empty for versions whose path nobody told"`
	Versions int64           `json:"versions"`
	Newest   DataVersionBody `json:"newest"`
}

// DataVersionBody is one data version.
type DataVersionBody struct {
	Remote  string          `json:"remote"`
	MD5     string          `json:"md5" doc:"name of the object, with .dir behind that of a folder"`
	Files   int64           `json:"files"`
	Bytes   int64           `json:"bytes"`
	Pushed  time.Time       `json:"pushed"`
	Actor   string          `json:"actor" doc:"who pushed it, as a URN"`
	Rows    *int64          `json:"rows,omitempty" doc:"of its tables together; absent until they are counted, and where there are none"`
	Columns *int64          `json:"columns,omitempty" doc:"of its tables, where they have as many"`
	Places  []DataPlaceBody `json:"places" nullable:"false" doc:"where repositories have it, the newest 20"`
}

// DataPlaceBody is where a repository has a data version.
type DataPlaceBody struct {
	Path       string    `json:"path"`
	Commit     string    `json:"commit,omitempty"`
	Repository string    `json:"repository,omitempty" doc:"address of git's origin, without credentials"`
	Registered time.Time `json:"registered"`
	Actor      string    `json:"actor"`
}

// DataEntryBody is a file or a folder of a data version.
type DataEntryBody struct {
	Name   string `json:"name"`
	Folder bool   `json:"folder,omitempty"`
	MD5    string `json:"md5,omitempty" doc:"of a file"`
	Files  int64  `json:"files" doc:"1 of a file, of a folder all below it"`
	Bytes  int64  `json:"bytes"`
}

// DataUseBody is a run that used a data version.
type DataUseBody struct {
	Run        string          `json:"run"`
	Name       string          `json:"name,omitempty"`
	Experiment string          `json:"experiment,omitempty"`
	Context    string          `json:"context,omitempty" example:"training"`
	By         string          `json:"by" enum:"source,tag"`
	Used       time.Time       `json:"used"`
	Models     []MadeModelBody `json:"models" nullable:"false" doc:"versions that were made of the run"`
}

// MadeModelBody is a version of a registered model.
type MadeModelBody struct {
	Model   string `json:"model"`
	Version int64  `json:"version"`
}

// DataProfileBody is what the columns of a table are like.
type DataProfileBody struct {
	State   string           `json:"state" enum:"waiting,ready,failed,none" doc:"none of what is no table, or was not looked into"`
	Reason  string           `json:"reason,omitempty"`
	Made    *time.Time       `json:"made,omitempty"`
	Format  string           `json:"format,omitempty" enum:"csv,parquet,jsonl"`
	Rows    int64            `json:"rows,omitempty"`
	Columns []DataColumnBody `json:"columns,omitempty"`
	Head    [][]*string      `json:"head,omitempty" doc:"the first rows; null is no value"`
}

// DataColumnBody is what the values of a column are like.
type DataColumnBody struct {
	Name      string          `json:"name"`
	Kind      string          `json:"kind" enum:"bool,int,float,decimal,text,bytes,date,time,json"`
	Type      string          `json:"type" doc:"in the engine's words"`
	Nulls     int64           `json:"nulls"`
	NaN       int64           `json:"nan,omitempty"`
	Infinite  int64           `json:"infinite,omitempty"`
	Distinct  int64           `json:"distinct" doc:"different values; about so many where exact is false"`
	Exact     bool            `json:"exact"`
	Min       string          `json:"min,omitempty"`
	Max       string          `json:"max,omitempty"`
	Mean      *float64        `json:"mean,omitempty" doc:"of numbers; of dates in days since 1970, of times in microseconds"`
	Deviation *float64        `json:"deviation,omitempty"`
	Low       *float64        `json:"low,omitempty" doc:"where the histogram begins"`
	High      *float64        `json:"high,omitempty"`
	Histogram []int64         `json:"histogram,omitempty" doc:"values in bins of the same width from low to high"`
	Top       []DataValueBody `json:"top,omitempty" doc:"the most frequent texts"`
}

// DataValueBody is a value and in how many rows it is.
type DataValueBody struct {
	Value string `json:"value"`
	Rows  int64  `json:"rows"`
}

// DataChangesBody is what became of the files between two versions.
type DataChangesBody struct {
	Added       int64            `json:"added"`
	Removed     int64            `json:"removed"`
	Changed     int64            `json:"changed"`
	Renamed     int64            `json:"renamed"`
	Same        int64            `json:"same"`
	BytesBefore int64            `json:"bytes_before"`
	BytesAfter  int64            `json:"bytes_after"`
	Items       []DataChangeBody `json:"items" nullable:"false"`
	Next        string           `json:"next,omitempty" doc:"where the next page begins; absent on the last one"`
}

// DataChangeBody is what became of one file.
type DataChangeBody struct {
	Path   string         `json:"path"`
	Change string         `json:"change" enum:"added,removed,changed,renamed"`
	From   string         `json:"from,omitempty" doc:"where a renamed file was"`
	Before *DataEntryBody `json:"before,omitempty"`
	After  *DataEntryBody `json:"after,omitempty"`
}

// DataRowsBody is what became of the rows between two versions.
type DataRowsBody struct {
	RowsBefore     int64            `json:"rows_before"`
	RowsAfter      int64            `json:"rows_after"`
	Added          int64            `json:"added"`
	Removed        int64            `json:"removed"`
	Changed        int64            `json:"changed" doc:"rows of both whose other columns differ; 0 without a key"`
	Same           int64            `json:"same"`
	ChangedIn      map[string]int64 `json:"changed_in,omitempty" doc:"how many rows changed in a column"`
	ColumnsAdded   []string         `json:"columns_added,omitempty"`
	ColumnsRemoved []string         `json:"columns_removed,omitempty"`
	ColumnsRetyped []string         `json:"columns_retyped,omitempty"`
	Columns        []string         `json:"columns" nullable:"false" doc:"that are compared, the key first"`
	Items          []DataRowBody    `json:"items" nullable:"false" doc:"rows that differ"`
	Next           string           `json:"next,omitempty" doc:"where the next page begins; absent on the last one"`
}

// DataRowBody is a row that differs, by the columns.
type DataRowBody struct {
	Change string    `json:"change" enum:"added,removed,changed"`
	Times  int64     `json:"times" doc:"how much more often it is there than before or after; 1 with a key"`
	Before []*string `json:"before,omitempty"`
	After  []*string `json:"after,omitempty"`
}

func dataSetBody(s dataset.Set) DataSetBody {
	return DataSetBody{s.Remote, s.Path, s.Versions, dataVersionBody(s.Newest)}
}

func dataVersionBody(v dataset.Version) DataVersionBody {
	b := DataVersionBody{Remote: v.Remote, MD5: v.ID.String(), Files: v.Files, Bytes: v.Bytes, Pushed: v.Pushed, Actor: v.Actor, Rows: v.Rows, Columns: v.Columns, Places: []DataPlaceBody{}}
	for _, p := range v.Places {
		b.Places = append(b.Places, DataPlaceBody(p))
	}
	return b
}

func dataEntryBody(e dataset.Entry) DataEntryBody {
	b := DataEntryBody{Name: e.Name, Folder: e.Folder, Files: e.Files, Bytes: e.Bytes}
	if !e.Folder {
		b.MD5 = e.ID.String()
	}
	return b
}

func dataUseBody(u dataset.Use) DataUseBody {
	b := DataUseBody{u.Run, u.RunName, u.Experiment, u.Context, u.By, u.Used, []MadeModelBody{}}
	for _, m := range u.Models {
		b.Models = append(b.Models, MadeModelBody{m.Name, m.Number})
	}
	return b
}

func runDataBody(d dataset.Data) RunDataBody {
	b := RunDataBody{d.ID.String(), d.Context, d.By, d.Used, []DataVersionBody{}}
	for _, v := range d.Versions {
		b.Versions = append(b.Versions, dataVersionBody(v))
	}
	return b
}

func dataProfileBody(p dataset.Profiled) DataProfileBody {
	b := DataProfileBody{State: string(p.State), Reason: p.Reason, Format: string(p.Profile.Format), Rows: p.Profile.Rows, Head: p.Head}
	if !p.Made.IsZero() {
		b.Made = &p.Made
	}
	for i, c := range p.Profile.Columns {
		column := DataColumnBody{Name: c.Name, Kind: c.Kind.String(), Type: c.Type}
		if i < len(p.Profile.Values) {
			column.fill(p.Profile.Values[i])
		}
		b.Columns = append(b.Columns, column)
	}
	return b
}

func (b *DataColumnBody) fill(v lake.ColumnProfile) {
	b.Nulls, b.NaN, b.Infinite, b.Distinct, b.Exact, b.Min, b.Max, b.Histogram = v.Nulls, v.NaN, v.Infinite, v.Distinct, v.Exact, v.Min, v.Max, v.Histogram
	if v.Histogram != nil {
		b.Mean, b.Deviation, b.Low, b.High = &v.Mean, &v.Deviation, &v.Low, &v.High
	}
	for _, t := range v.Top {
		b.Top = append(b.Top, DataValueBody{t.Text, t.Rows})
	}
}

func dataChangesBody(all []dataset.FileChange, sum dataset.ChangeSummary, next string) DataChangesBody {
	b := DataChangesBody{sum.Added, sum.Removed, sum.Changed, sum.Renamed, sum.Same, sum.BytesBefore, sum.BytesAfter, []DataChangeBody{}, next}
	entry := func(e *dataset.Entry) *DataEntryBody {
		if e == nil {
			return nil
		}
		body := dataEntryBody(*e)
		return &body
	}
	for _, c := range all {
		b.Items = append(b.Items, DataChangeBody{c.Path, c.Change, c.From, entry(c.Before), entry(c.After)})
	}
	return b
}

func dataRowsBody(d lake.Difference, next string) DataRowsBody {
	b := DataRowsBody{
		RowsBefore: d.RowsA, RowsAfter: d.RowsB, Added: d.Added, Removed: d.Removed, Changed: d.Changed, Same: d.Same, ChangedIn: d.ChangedIn,
		ColumnsAdded: d.ColumnsAdded, ColumnsRemoved: d.ColumnsRemoved, ColumnsRetyped: d.ColumnsRetyped, Columns: append([]string{}, d.Columns...), Items: []DataRowBody{}, Next: next,
	}
	for _, e := range d.Examples {
		b.Items = append(b.Items, DataRowBody{string(e.Change), e.Times, e.Before, e.After})
	}
	return b
}
