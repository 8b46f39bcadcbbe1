package browser

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tacit-ml/tacit/web"
)

// needScripts skips a test where the scripts are not built.
func needScripts(t *testing.T) {
	t.Helper()
	assets, err := web.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(assets.Scripts) > 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("the scripts are not built; make web builds them")
	}
	t.Skip("the scripts are not built: make web")
}

// TestIslands uses what scripts add: selecting rows, reading a chart, and the
// keyboard.
func TestIslands(t *testing.T) {
	needScripts(t)
	h := open(t)
	run := h.fill(t)
	tab, stop := chromedp.NewContext(chromium(t))
	defer stop()
	tab, cancel := context.WithTimeout(tab, 5*time.Minute)
	defer cancel()
	heard := &complaints{}
	err := chromedp.Listen(tab, heard.hear)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(address, script string) string {
		t.Helper()
		if address != "" {
			if err := chromedp.Do(tab, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(h.URL+address)); err != nil {
				t.Fatal(err)
			}
		}
		answer, err := chromedp.Run(tab, chromedp.Evaluate[string](script))
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return answer
	}
	for _, step := range []struct{ name, address, script, want string }{
		{"nothing is selected", "/experiments/1", `String(document.querySelector("[data-compare]").disabled)`, "true"},
		{"the button counts", "", `[...document.querySelectorAll('tbody input')].slice(0,3).forEach(b=>b.click()); document.querySelector("[data-compare]").textContent`, "Compare 3"},
		{"the head takes all", "", `document.querySelector("thead input").click(); document.querySelector("[data-compare]").textContent`, "Compare 50"},
		{"/ goes to the filter", "", `document.dispatchEvent(new KeyboardEvent("keydown",{key:"/",bubbles:true})); document.activeElement.name`, "filter"},
		{"Ctrl K goes to the search", "", `document.dispatchEvent(new KeyboardEvent("keydown",{key:"k",ctrlKey:true,bubbles:true})); document.activeElement.name`, "q"},
		{"J goes along the rows", "", `document.activeElement.blur(); document.dispatchEvent(new KeyboardEvent("keydown",{key:"j"})); document.activeElement.className`, "row"},
		{"? tells the keys", "", `document.dispatchEvent(new KeyboardEvent("keydown",{key:"?"})); String(document.querySelector("#keys").matches(":popover-open"))`, "true"},
		{"? again closes them", "", `document.dispatchEvent(new KeyboardEvent("keydown",{key:"?"})); String(document.querySelector("#keys").matches(":popover-open"))`, "false"},
		{"a chart is read", "/runs/" + run, `const s=document.querySelector("svg.pl"), a=s.getBoundingClientRect(); s.dispatchEvent(new PointerEvent("pointermove",{clientX:a.left+a.width*80/159,clientY:a.top+20,bubbles:true})); document.querySelector(".chart .read").innerText.replace(/\s+/g," ")`, "step 80"},
		{"an id is a button", "", `document.querySelector("copy-id").getAttribute("aria-label")`, "Copy " + run[:8]},
	} {
		if got := ask(step.address, step.script); !strings.HasPrefix(got, step.want) {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
	// The switch of an axis changes the chart and the address.
	ask("/runs/"+run+"/metrics", `document.body.kept = "kept"; document.querySelector("a[data-swap]").click(); ""`)
	axis, want := "", "Linear axis ?log=logloss kept"
	if !until(func() bool {
		axis = ask("", `document.querySelector("a[data-swap]").textContent+" "+location.search+" "+document.body.kept`)
		return axis == want
	}) {
		t.Errorf("the axis is %q, want %q", axis, want)
	}
	// The address that MLflow's client prints leads to the run's page.
	if err := chromedp.Do(tab, chromedp.Navigate(h.URL+"/#/experiments/1/runs/"+run)); err != nil {
		t.Fatal(err)
	}
	place := ""
	if want := "/runs/" + run; !until(func() bool {
		// Between two pages there is nothing to ask.
		place, err = chromedp.Run(tab, chromedp.Evaluate[string](`document.readyState == "complete" ? location.pathname : ""`))
		return err == nil && place == want
	}) {
		t.Errorf("MLflow's address of a run leads to %q (%v), want %s", place, err, want)
	}
	for _, c := range heard.list() {
		t.Errorf("the browser complains: %s", c)
	}
}
