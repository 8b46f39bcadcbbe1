package develop

import (
	"context"
	"net/url"

	"github.com/a-h/templ"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

func runBadges(v runView) []templ.Component {
	badges := []templ.Component{runStatus(v.Run.Status)}
	if v.Run.Lifecycle == tracking.Deleted {
		badges = append(badges, binned())
	}
	for _, m := range v.Versions[:min(len(v.Versions), 3)] {
		badges = append(badges, versionBadge(m))
	}
	return badges
}

func runMeta(v runView) []templ.Component {
	var meta []templ.Component
	if v.Run.User != "" {
		meta = append(meta, kit.Fact(kit.IconPerson, v.Run.User))
	}
	meta = append(meta, kit.FactTime("", v.Start))
	if !v.Start.IsZero() && !v.End.IsZero() {
		meta = append(meta, kit.Text("took "+format.Duration(v.End.Sub(v.Start))))
	}
	if commit := tag(v.Run.Tags, "mlflow.source.git.commit"); commit != "" {
		meta = append(meta, commitOf(commit, tag(v.Run.Tags, "mlflow.source.git.branch")))
	}
	return meta
}

func runTabs(ctx context.Context, v runView) []kit.Tab {
	tabs := []kit.Tab{
		{Name: "Overview", Href: kit.To(ctx, "runs", v.Run.ID)},
		{Name: "Metrics", Href: kit.To(ctx, "runs", v.Run.ID, "metrics"), Count: len(v.Run.Metrics), Counted: true},
		{Name: "Artifacts", Href: kit.To(ctx, "runs", v.Run.ID, "artifacts")},
	}
	for i, name := range []string{"overview", "metrics", "artifacts"} {
		tabs[i].Here = v.Tab == name
	}
	return tabs
}

// sourceOf is what the client told of the code.
func sourceOf(run tracking.Run) []kit.Pair {
	var from []kit.Pair
	for _, f := range []kit.Pair{
		{Key: "Branch", Value: "mlflow.source.git.branch"},
		{Key: "Repository", Value: "mlflow.source.git.repoURL"}, {Key: "Entry point", Value: "mlflow.source.name"},
		{Key: "Autologging", Value: "mlflow.autologging"},
	} {
		if value := tag(run.Tags, f.Value); value != "" {
			from = append(from, kit.Pair{Key: f.Key, Value: value})
		}
	}
	return from
}

// contextWord says what an input was read for.
func contextWord(context string) string {
	switch context {
	case "":
		return "Data"
	case "train", "training":
		return "Training data"
	case "eval", "evaluation", "valid", "validation":
		return "Validation data"
	case "test", "testing":
		return "Test data"
	}
	return "Data, " + context
}

func tally(n int) string {
	if n == 0 {
		return ""
	}
	return format.Count(int64(n))
}

// told says how many of the run's own files there are.
func (f filesView) told() string {
	switch n := int64(len(f.Rows)); {
	case f.Pages.Next != "":
		return "the first " + format.Count(n)
	case n > 0:
		return format.Count(n)
	}
	return ""
}

func (o output) query() url.Values { return url.Values{"model": {o.ID}} }

// exportAct offers the list as CSV, when there is something in it.
func exportAct(l runList) []templ.Component {
	if len(l.Rows) == 0 {
		return nil
	}
	return []templ.Component{exportButton(l.Export)}
}
