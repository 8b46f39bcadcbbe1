package browser

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"encoding/json"

	"github.com/chromedp/chromedp"
)

// axe is the source of axe-core, the checker of accessibility rules, as the lock
// file of web/ pins it; "" where it is not installed.
func axe(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "web", "node_modules", "axe-core", "axe.min.js"))
	if errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatal("axe-core is not installed; make web installs it")
		}
		t.Log("axe-core is not installed, its rules are not asked: make web")
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// ask runs the rules of WCAG 2, A and AA up to 2.2, over the page and gives what
// breaks one: the rule, and where.
const ask = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]})
  .then((r) => JSON.stringify(r.violations.map((v) => v.id + ": " + v.help + "; " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | "))))`

// audit asks the rules of the page that is open.
func (p *tab) audit(t *testing.T, rules string) {
	t.Helper()
	if rules == "" {
		return
	}
	// The debugger's own evaluation is not bound by the page's policy.
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[int](rules+";0")); err != nil {
		t.Fatal(err)
	}
	answer, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](ask, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var broken []string
	if err := json.Unmarshal([]byte(answer), &broken); err != nil {
		t.Fatal(err)
	}
	for _, rule := range broken {
		t.Errorf("accessibility: %s", rule)
	}
}
