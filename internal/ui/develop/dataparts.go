package develop

import (
	"context"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// remoteAddress is where clients find a remote.
func remoteAddress(ctx context.Context, name string) string {
	return kit.Here(ctx) + "/dvc/" + url.PathEscape(name)
}

// remoteSets is the list of the data sets of a remote.
func remoteSets(ctx context.Context, name string) string {
	return kit.With(kit.To(ctx, "data"), url.Values{"filter": {name}})
}

// pushCommand is what brings the first data.
func pushCommand(ctx context.Context) string {
	return "tacit data init\ntacit data add data/raw/dataset.csv\ntacit data remote add -d tacit " + remoteAddress(ctx, "churn") + "\ntacit data push"
}

// useCommand is how a run names the data that it used.
func useCommand(v dataView) string {
	return `mlflow.log_input(dataset, context="training", tags={"tacit.data.md5": "` + v.ID.String() + `"})`
}

func setMeta(v setView) []templ.Component {
	meta := []templ.Component{kit.Fact(kit.IconData, "in the remote "+v.Remote)}
	for _, row := range v.Rows {
		for _, p := range row.Places {
			if p.Path == v.Path && p.Repository != "" {
				return append(meta, kit.Fact(kit.IconBranch, p.Repository))
			}
		}
	}
	return meta
}

// setStats are the numbers of the newest version, on the first page.
func setStats(ctx context.Context, v setView) []kit.Stat {
	if len(v.Rows) == 0 || v.Pages.First != "" {
		return nil
	}
	newest := v.Rows[0]
	stats := []kit.Stat{{Name: "Newest version", Value: format.First(newest.ID.String(), 8), Title: newest.ID.String(), Href: versionAddress(ctx, v.Remote, newest.ID)}}
	return append(stats, sizeStats(newest.Version)...)
}

// sizeStats say how much a version is.
func sizeStats(v dataset.Version) []kit.Stat {
	stats := []kit.Stat{
		{Name: "Files", Value: format.Count(v.Files)},
		{Name: "Size", Value: format.Bytes(v.Bytes), Title: format.Count(v.Bytes) + " bytes"},
	}
	if v.Rows != nil {
		stats = append(stats, kit.Stat{Name: "Rows", Value: format.Count(*v.Rows)})
	}
	if v.Columns != nil {
		stats = append(stats, kit.Stat{Name: "Columns", Value: format.Count(*v.Columns)})
	}
	return stats
}

// sizesOf is how large the versions of a page were, one behind the other.
func sizesOf(v setView) chart.Line {
	unit, per := "MB", 1e6
	largest := int64(0)
	for _, p := range v.Sizes {
		largest = max(largest, p.bytes)
	}
	switch {
	case largest < 1e6:
		unit, per = "KB", 1e3
	case largest >= 1e9:
		unit, per = "GB", 1e9
	}
	points := make([]chart.Point, len(v.Sizes))
	for i, p := range v.Sizes {
		points[i] = chart.Point{X: float64(i + 1), Y: float64(p.bytes) / per}
	}
	return chart.Line{Title: "Size in " + unit, X: "version, the newest last", Height: 90, Zero: true, Series: []chart.Series{{Name: "size", Slot: 1, Points: points}}}
}

func versionMeta(v dataView) []templ.Component {
	meta := []templ.Component{
		kit.FactTime("pushed", v.Pushed), kit.Fact(kit.IconPerson, kit.Actor(v.Actor)), kit.Fact(kit.IconData, "in the remote "+v.Remote),
	}
	if commit := commitOfVersion(v.Version); commit != "" {
		meta = append(meta, commitOf(commit, ""))
	}
	return meta
}

func versionStats(v dataView) []kit.Stat { return sizeStats(v.Version) }

func commitText(v dataset.Version) string {
	if commit := commitOfVersion(v); commit != "" {
		return format.First(commit, 8)
	}
	return format.None
}

func columnsTold(c columnsView) string {
	if c.Waiting || c.Failed != "" {
		return ""
	}
	return format.Counted(int64(c.Of), "column") + ", " + format.Counted(c.Rows, "row")
}

// named reports whether folders are compared, whose files have names.
func (v differenceView) named() bool { return v.Before.ID.Dir || v.After.ID.Dir }

func differenceMeta(v differenceView) []templ.Component {
	return []templ.Component{
		kit.Text(setName(v.After.Remote, v.Name)), sided("from", v.Before), sided("to", v.After),
	}
}

func differenceStats(v differenceView) []kit.Stat {
	stats := []kit.Stat{
		{Name: "Changed", Value: format.Count(v.Sum.Changed)}, {Name: "Added", Value: format.Count(v.Sum.Added)},
		{Name: "Removed", Value: format.Count(v.Sum.Removed)}, {Name: "Renamed", Value: format.Count(v.Sum.Renamed)}, {Name: "Same", Value: format.Count(v.Sum.Same)},
		{Name: "Size", Value: format.Bytes(v.Sum.BytesAfter), Note: "was " + format.Bytes(v.Sum.BytesBefore)},
	}
	if !v.named() || v.Path != "" {
		stats = stats[5:]
	}
	if v.Tables != nil && v.Tables.Why == "" {
		stats = append(stats, kit.Stat{Name: "Rows", Value: format.Count(v.Tables.RowsNow), Note: "were " + format.Count(v.Tables.RowsWas)})
	}
	return stats
}

func (t tablesView) columnsTold() string {
	var told []string
	if len(t.Added) > 0 {
		told = append(told, "Only now: "+strings.Join(t.Added[:min(len(t.Added), columnsShown)], ", ")+".")
	}
	if len(t.Removed) > 0 {
		told = append(told, "Only before: "+strings.Join(t.Removed[:min(len(t.Removed), columnsShown)], ", ")+".")
	}
	return strings.Join(told, " ")
}
