package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused says what has the focus: its name, and what is wrong with how that shows. In
// a date the browser marks the part of it that has the focus.
const focused = `(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "";
  const name = (e.getAttribute("aria-label") || e.name || e.getAttribute("href") || e.textContent || "").trim().replace(/\s+/g, " ");
  const shows = (of) => of && getComputedStyle(of).outlineStyle !== "none" && parseFloat(getComputedStyle(of).outlineWidth) > 0;
  const box = e.getBoundingClientRect();
  let wrong = "";
  if (e.type !== "date" && !shows(e) && !shows(e.closest("label, .query, .searchbox, summary"))) wrong = "its focus does not show";
  else if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) wrong = "it is out of sight";
  return name + "\n" + wrong + (wrong && " " + [":focus", ":focus-visible", ":focus-within"].filter((s) => e.matches(s)));
})()`

// TestByTheKeyboardAlone goes through the pages of the audit log and of lineage by
// Tab: all that can be done there is come to, shows that it has the focus, and is in
// sight.
func TestByTheKeyboardAlone(t *testing.T) {
	h := open(t)
	run := h.fill(t)
	entry := "/audit/entries/" + h.proven(t)
	browser := chromium(t)
	for _, l := range []look{{1440, false, true}, {390, true, true}} {
		t.Run(l.String(), func(t *testing.T) {
			p := openTab(t, browser, l)
			for path, wants := range map[string][]string{
				"/audit?verb=registry.":           {"who", "action", "verb", "object", "outcome", "from", "to", "workspace", "/audit/export?", "Verify now", "Audit log", entry},
				"/lineage?of=tacit:run%2F" + run:  {"of", "direction=up", "The graph", "/runs/" + run, "Edges"},
				entry:                             {"/audit"},
				"/lineage?of=tacit:data%2F000000": {"of"},
			} {
				p.visit(t, h.URL+path, "keyboard")
				came := p.tabs(t, path, 200)
				for _, want := range wants {
					if !strings.Contains(came, want) {
						t.Errorf("%s: %s is not come to; these are: %s", path, want, came)
					}
				}
			}
		})
	}
}

// tabs presses Tab until the focus has been everywhere, and gives the names of where
// it was.
func (p *tab) tabs(t *testing.T, path string, most int) string {
	t.Helper()
	came, first := "", ""
	for range most {
		if err := chromedp.Do(p.ctx, chromedp.KeyEvent(kb.Tab)); err != nil {
			t.Fatal(err)
		}
		said, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](focused))
		if err != nil {
			t.Fatal(err)
		}
		name, wrong, _ := strings.Cut(said, "\n")
		if wrong != "" {
			t.Errorf("%s: %s: %s", path, name, wrong)
		}
		if said == "" || name == first && strings.Count(came, "\n") > 20 {
			break
		}
		if first == "" {
			first = name
		}
		came += name + "\n"
	}
	return came
}
