package develop

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// changesShown is how many changed files stand on a page.
const changesShown = 100

// differenceView is the page of what differs between two versions.
type differenceView struct {
	Before, After dataset.Version
	Name          string // of the data set, "" where nobody told its path
	Path          string // of the file that is compared, "" for all
	Changes       []dataset.FileChange
	Sum           dataset.ChangeSummary
	Pages         kit.Pages
	Rows          *rowsView   // of one file
	Tables        *tablesView // of one file
}

// tablesView is how the columns of a file differ.
type tablesView struct {
	Why     string // why they are not compared
	RowsNow int64
	RowsWas int64
	Columns []columnChange
	Added   []string
	Removed []string
}

// columnChange is a column that both versions have.
type columnChange struct {
	Name      string
	Type      change
	Missing   change
	Distinct  change
	Mean      change
	Frequent  change
	Histogram chart.Histogram
}

// change is a text of the version before, and of the one that is now.
type change struct{ Was, Now string }

// text says both where they differ.
func (c change) text() string {
	if c.Was == c.Now || c.Was == "" {
		return c.Now
	}
	return c.Was + " → " + c.Now
}

func (p *Pages) difference(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	q := r.URL.Query()
	remote, v := r.PathValue("remote"), differenceView{Path: q.Get("path"), Pages: kit.Pages{At: kit.At(r), Noun: "files"}}
	for name, into := range map[string]*dataset.Version{"a": &v.Before, "b": &v.After} {
		id, err := object.Parse(q.Get(name))
		if err != nil {
			return fault.WithHint(err, "a page of a difference names two versions, a and b")
		}
		if *into, err = p.Data.VersionIn(ctx, remote, id); err != nil {
			return err
		}
	}
	v.Name = firstPath(v.After)
	if err := p.compareFiles(ctx, &v, q); err != nil {
		return err
	}
	crumbs := append(setCrumbs(ctx, remote, v.Name), kit.Crumb{Name: "Difference", Href: v.address(ctx, "", "", 0)})
	return p.Site.Serve(w, r, kit.Page{Title: "Difference of " + setName(remote, v.Name), Here: data, Crumbs: crumbs}, differenceBody(v))
}

// compareFiles fills the changed files, and of one file its columns.
func (p *Pages) compareFiles(ctx context.Context, v *differenceView, q url.Values) (err error) {
	remote, after := v.After.Remote, q.Get("after")
	if v.Path != "" {
		return p.compareFile(ctx, v, q)
	}
	var next string
	v.Changes, v.Sum, next, err = p.Data.Changes(ctx, remote, v.Before.ID, v.After.ID, dataset.Paging{Limit: changesShown, Token: after})
	if err != nil {
		return err
	}
	v.Pages.Shown, v.Pages.Known = len(v.Changes), true
	v.Pages.Of = v.Sum.Added + v.Sum.Removed + v.Sum.Changed + v.Sum.Renamed
	if after != "" {
		v.Pages.First = v.address(ctx, "", "", 0)
	}
	if next != "" {
		v.Pages.Next = v.address(ctx, "", next, v.Pages.At+len(v.Changes))
	}
	if v.named() {
		return nil
	}
	if v.Tables, err = p.compareTables(ctx, remote, v.Before.ID, v.After.ID); err != nil {
		return err
	}
	return p.compareRows(ctx, v, v.Before.ID, v.After.ID, q)
}

// compareFile compares what is at one path in both versions.
func (p *Pages) compareFile(ctx context.Context, v *differenceView, q url.Values) (err error) {
	remote := v.After.Remote
	var both [2]dataset.Entry
	for i, of := range []dataset.Version{v.Before, v.After} {
		entry, err := p.Data.EntryAt(ctx, remote, of.ID, v.Path)
		if err != nil {
			return err
		}
		if entry.Folder {
			return fault.New(fault.Invalid, "%q is a folder in the version %s: name a file.", v.Path, of.ID)
		}
		both[i] = entry
	}
	v.Sum = dataset.ChangeSummary{BytesBefore: both[0].Bytes, BytesAfter: both[1].Bytes, Same: 1}
	if both[0].ID != both[1].ID {
		v.Sum.Same, v.Sum.Changed = 0, 1
		v.Changes = []dataset.FileChange{{Path: v.Path, Change: "changed", Before: &both[0], After: &both[1]}}
	}
	v.Pages.Shown, v.Pages.Of, v.Pages.Known = len(v.Changes), int64(len(v.Changes)), true
	if v.Tables, err = p.compareTables(ctx, remote, both[0].ID, both[1].ID); err != nil {
		return err
	}
	return p.compareRows(ctx, v, both[0].ID, both[1].ID, q)
}

// compareTables tells how the columns of two files differ, by their profiles.
func (p *Pages) compareTables(ctx context.Context, remote string, a, b object.ID) (*tablesView, error) {
	var known [2]dataset.Profiled
	for i, id := range []object.ID{a, b} {
		var err error
		if known[i], err = p.Data.ProfileOf(ctx, remote, id); err != nil {
			return nil, err
		}
	}
	return tablesOf(known[0], known[1]), nil
}

// tablesOf compares two profiles; nil where one is of no table.
func tablesOf(was, now dataset.Profiled) *tablesView {
	for _, k := range []dataset.Profiled{was, now} {
		switch k.State {
		case dataset.ProfileNone:
			return nil
		case dataset.ProfileWaiting:
			return &tablesView{Why: "The columns of both files have not been read yet. Load the page again in a moment."}
		case dataset.ProfileFailed:
			return &tablesView{Why: "The columns of both files cannot be compared: " + k.Reason}
		}
	}
	v := &tablesView{RowsWas: was.Profile.Rows, RowsNow: now.Profile.Rows}
	before := map[string]int{}
	for i, c := range was.Profile.Columns {
		before[c.Name] = i
	}
	for i, c := range now.Profile.Columns {
		j, both := before[c.Name]
		delete(before, c.Name)
		switch {
		case !both:
			v.Added = append(v.Added, c.Name)
		case len(v.Columns) < columnsShown && i < len(now.Profile.Values) && j < len(was.Profile.Values):
			v.Columns = append(v.Columns, columnChangeOf(was.Profile.Columns[j], c, was.Profile.Values[j], now.Profile.Values[i], v))
		}
	}
	for _, c := range was.Profile.Columns {
		if _, left := before[c.Name]; left {
			v.Removed = append(v.Removed, c.Name)
		}
	}
	return v
}

func columnChangeOf(a, b lake.Column, was, now lake.ColumnProfile, v *tablesView) columnChange {
	x, y := columnOf(a, was, v.RowsWas), columnOf(b, now, v.RowsNow)
	c := columnChange{Name: b.Name, Type: change{x.Type, y.Type}, Missing: change{x.MissingShare, y.MissingShare},
		Distinct: change{x.Distinct, y.Distinct}, Mean: change{x.Mean, y.Mean}, Frequent: change{x.Frequent, y.Frequent}}
	if a.Kind == b.Kind || numeric(a.Kind) && numeric(b.Kind) {
		c.Histogram = chart.Histogram{Name: b.Name, From: y.Least, To: y.Most, Now: binsOf(now), Before: binsOf(was)}
		if len(was.Histogram) > 0 && was.Low < now.Low {
			c.Histogram.From = x.Least
		}
		if len(was.Histogram) > 0 && was.High > now.High {
			c.Histogram.To = x.Most
		}
	}
	return c
}

// address is the page of the difference, of one path or of all, from a page on.
func (v differenceView) address(ctx context.Context, p, after string, at int) string {
	q := url.Values{"a": {v.Before.ID.String()}, "b": {v.After.ID.String()}, "path": {p}, "after": {after}}
	if after != "" {
		q.Set("at", itoa(at))
	}
	return kit.With(kit.To(ctx, "data", "in", v.After.Remote, "difference"), q)
}

// differenceAddress is the page of what differs between two versions of a remote.
func differenceAddress(ctx context.Context, remote string, a, b object.ID) string {
	return differenceView{Before: dataset.Version{ID: a}, After: dataset.Version{ID: b, Remote: remote}}.address(ctx, "", "", 0)
}

// command is what tells the same in a working copy.
func (v differenceView) command() string {
	a, b := commitOfVersion(v.Before), commitOfVersion(v.After)
	if a == "" || b == "" {
		return ""
	}
	command := "tacit data diff " + format.First(a, 10) + " " + format.First(b, 10)
	if v.Rows == nil || v.Name == "" {
		return command
	}
	quoted := func(text string) string { return " '" + strings.ReplaceAll(text, "'", `'"'"'`) + "'" }
	command += " --rows --targets" + quoted(path.Join(v.Name, v.Path))
	if key := keyOf(v.Rows.Key); len(key) > 0 {
		command += " --key" + quoted(strings.Join(key, ","))
	}
	return command
}

func commitOfVersion(v dataset.Version) string {
	for _, p := range v.Places {
		if p.Commit != "" {
			return p.Commit
		}
	}
	return ""
}

// sizes are what a changed file was and is, in bytes.
func sizes(c dataset.FileChange) (was, now string) {
	was, now = format.None, format.None
	if c.Before != nil {
		was = format.Bytes(c.Before.Bytes)
	}
	if c.After != nil {
		now = format.Bytes(c.After.Bytes)
	}
	return was, now
}
