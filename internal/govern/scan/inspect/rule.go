package inspect

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
)

//go:embed rules/*.md
var rulePages embed.FS

// Rule is a page of rules/: its file's name is the id, its first line the title,
// its second the severity that findings have when they say nothing else; four
// sections follow.
type Rule struct {
	ID       string
	Title    string
	Severity Severity
	What     string // what was found
	Why      string // why it matters
	Example  string
	Remedy   string
}

// Rules reads all pages, in the order of their ids.
func Rules() ([]Rule, error) {
	pages, err := fs.Glob(rulePages, "rules/*.md")
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, 0, len(pages))
	for _, page := range pages {
		text, err := rulePages.ReadFile(page)
		if err != nil {
			return nil, err
		}
		r, err := parseRule(strings.TrimSuffix(strings.TrimPrefix(page, "rules/"), ".md"), string(text))
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// parseRule reads "# title", "severity: s" and the sections What, Why, Example
// and Remedy.
func parseRule(id, text string) (Rule, error) {
	r := Rule{ID: id}
	head, rest, _ := strings.Cut(text, "\n## ")
	title, severity, _ := strings.Cut(strings.TrimSpace(head), "\n")
	word, named := strings.CutPrefix(strings.TrimSpace(severity), "severity: ")
	var titled bool
	if r.Title, titled = strings.CutPrefix(title, "# "); !titled || !named {
		return r, fmt.Errorf("rule %s: it begins without a title and a severity", id)
	}
	known := false
	for s := pickle.Low; s <= pickle.Critical; s++ {
		if s.String() == word {
			r.Severity, known = s, true
		}
	}
	if !known {
		return r, fmt.Errorf("rule %s: %q is no severity", id, word)
	}
	sections := map[string]*string{"What": &r.What, "Why": &r.Why, "Example": &r.Example, "Remedy": &r.Remedy}
	for _, section := range strings.Split(rest, "\n## ") {
		name, body, _ := strings.Cut(section, "\n")
		to := sections[strings.TrimSpace(name)]
		if to == nil || *to != "" {
			return r, fmt.Errorf("rule %s: the section %q is unknown or stands twice", id, name)
		}
		*to = strings.TrimSpace(body)
	}
	for name, body := range sections {
		if *body == "" {
			return r, fmt.Errorf("rule %s: the section %q is missing", id, name)
		}
	}
	return r, nil
}
