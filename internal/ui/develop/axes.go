package develop

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
)

// axes are the kinds of y axis that the address of a page asks for: log=TITLE
// once for each chart whose axis is logarithmic.
type axes struct {
	path  string // of the page, without its query
	query url.Values
}

func axesOf(r *http.Request) axes {
	return axes{path: link(r.Context(), r.URL.Path), query: r.URL.Query()}
}

// put gives a chart the axis that was asked for, and the address that gives it
// the other one, where a logarithmic axis has a place for all its values.
func (a axes) put(line *chart.Line) {
	line.Log = slices.Contains(a.query["log"], line.Title)
	if line.Log || chart.Positive(line.Series) {
		line.Switch = a.other(line.Title) + "#" + chart.ID(line.Title)
	}
}

// other is the address of the page with the other kind of axis for a chart.
func (a axes) other(title string) string {
	query := maps.Clone(a.query)
	kept := slices.DeleteFunc(slices.Clone(query["log"]), func(t string) bool { return t == title })
	if len(kept) == len(query["log"]) {
		kept = append(kept, title)
	}
	query["log"] = kept
	return kit.With(a.path, query)
}
