package browser

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
)

// TestWhoFollowsARunReadsNothingTwice: a page is answered in full again only
// when the run has something new, be it a point behind the latest.
func TestWhoFollowsARunReadsNothingTwice(t *testing.T) {
	h := open(t)
	run := must[tracking.Run](t)(h.tracking.CreateRun(h.ctx, tracking.RunSpec{Experiment: "0"})).ID
	log := func(step int64) {
		t.Helper()
		if err := h.tracking.LogBatch(h.ctx, tracking.Batch{Run: run, Metrics: []tracking.Metric{{Key: "loss", Value: 1 / float64(step), Step: step, Timestamp: step}}}); err != nil {
			t.Fatal(err)
		}
	}
	// The mark is also another one each minute: a second look tells those apart.
	ask := func(path, mark string) (status int, next string) {
		t.Helper()
		for range 2 {
			r := must[*http.Request](t)(http.NewRequestWithContext(h.ctx, http.MethodGet, h.URL+path, nil))
			if mark != "" {
				r.Header.Set("If-None-Match", `"`+mark+`"`)
			}
			answer := must[*http.Response](t)(http.DefaultClient.Do(r))
			body := must[[]byte](t)(io.ReadAll(answer.Body))
			_ = answer.Body.Close()
			_, next, _ = strings.Cut(string(body), `data-mark="`)
			next, _, _ = strings.Cut(next, `"`)
			if status = answer.StatusCode; status == http.StatusNotModified || mark == "" {
				break
			}
			mark = next
		}
		return status, next
	}
	changed := func(path, mark string) bool {
		t.Helper()
		_, now := ask(path, "")
		return now != mark
	}
	for _, path := range []string{"/runs/" + run, "/runs/" + run + "/metrics"} {
		log(9)
		_, mark := ask(path, "")
		if status, _ := ask(path, mark); status != http.StatusNotModified || mark == "" {
			t.Errorf("%s: the same again is answered with %d", path, status)
		}
		log(3) // the latest stays what it is
		if !changed(path, mark) {
			t.Errorf("%s: a point behind the latest is not noticed", path)
		}
		_, mark = ask(path, "")
		must[bool](t)(h.tracking.Merge(h.ctx, run))
		log(4)
		if !changed(path, mark) {
			t.Errorf("%s: a point after a merge is not noticed", path)
		}
	}
}

// TestRunIsFollowed: the page of a run that runs shows new points, and its end,
// in the document that was opened first; then it asks no more.
func TestRunIsFollowed(t *testing.T) {
	needScripts(t)
	h := open(t)
	h.fill(t)
	run := h.runs[len(h.runs)-1]
	page := openTab(t, chromium(t), look{1440, false, true})
	page.visit(t, h.URL+"/runs/"+run, "live")
	ask := func(script string) bool {
		t.Helper()
		answer, err := chromedp.Run(page.ctx, chromedp.Evaluate[bool](script))
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	wait := func(what, script string) {
		t.Helper()
		if !until(func() bool { return ask(script) }) {
			t.Fatalf("%s does not come", what)
		}
	}
	if !ask(`document.body.kept = true; document.querySelector(".top .live") !== null && document.querySelector("main details").open === false`) {
		t.Error("the page does not say that it is live")
	}
	ask(`document.querySelector("main figure details").open = true`)
	if err := h.tracking.LogBatch(h.ctx, tracking.Batch{Run: run, Metrics: []tracking.Metric{{Key: "valid_logloss", Value: 0.1234, Step: 60, Timestamp: time.Now().UnixMilli()}}}); err != nil {
		t.Fatal(err)
	}
	wait("the new value", `document.querySelector(".stats").innerText.includes("0.1234") && [...document.querySelectorAll("figure .endlab .val")].some((v) => v.textContent === "0.1234")`)
	if !ask(`document.querySelector("main figure details").open`) {
		t.Error("a table that was open is closed")
	}
	status, end := tracking.Finished, time.Now().UnixMilli()
	must[tracking.Run](t)(h.tracking.UpdateRun(h.ctx, tracking.RunUpdate{ID: run, Status: &status, End: &end}))
	wait("the end", `document.querySelector(".head .badge").innerText.trim() === "finished" && !document.querySelector("[data-live], .top .live")`)
	if !ask(`document.body.kept === true`) {
		t.Error("the page was loaded anew")
	}
	for _, c := range page.seen.list() {
		t.Errorf("the browser complains: %s", c)
	}
}
