package report

import (
	"embed"
	"html/template"
	"io"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

//go:embed report.html
var page embed.FS

// writeHTML writes a page that stands alone: it loads nothing and runs nothing.
func writeHTML(w io.Writer, r *scan.Report, rules []inspect.Rule) error {
	byID := map[string]inspect.Rule{}
	for _, rule := range rules {
		byID[rule.ID] = rule
	}
	t, err := template.New("report.html").Funcs(template.FuncMap{
		"say": message,
		"remedy": func(f scan.Finding) string {
			return byID[f.Rule].Remedy
		},
		"title": func(f scan.Finding) string {
			if rule, ok := byID[f.Rule]; ok {
				return rule.Title
			}
			return f.Rule
		},
		"read": func(a scan.Artifact) int64 {
			left := int64(0)
			for _, u := range a.Coverage.Unparsed {
				left += u[1] - u[0]
			}
			if a.Size == 0 {
				return 100
			}
			return (a.Size - left) * 100 / a.Size
		},
	}).ParseFS(page, "report.html")
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}
