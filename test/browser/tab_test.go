package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium starts one browser for a test, or skips the test where there is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("TACIT_TEST_CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Chromium at %s; name one with TACIT_TEST_CHROMIUM", path)
		}
		t.Skipf("no Chromium at %s", path)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("headless", "new"),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(t.TempDir()),
		chromedp.WSURLReadTimeout(2*time.Minute)) // a browser starts slowly where much runs beside it
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	browser, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(browser) // waits, so that the folder can be removed
		stop()
	})
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	return browser
}

// until asks again until the answer is yes, for a minute at most.
func until(yes func() bool) bool {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if yes() {
			return true
		}
	}
	return yes()
}

// look is how a page is looked at.
type look struct {
	width   int64
	dark    bool
	scripts bool
}

func (l look) String() string {
	theme, script := "light", "scripts"
	if l.dark {
		theme = "dark"
	}
	if !l.scripts {
		script = "plain"
	}
	return fmt.Sprintf("%d-%s-%s", l.width, theme, script)
}

// seen is what a page shows of itself.
type seen struct {
	Title    string   `json:"title"`
	Heads    int      `json:"heads"`
	Wide     int      `json:"wide"` // pixels that the page is wider than the window
	Widest   string   `json:"widest"`
	Faint    []string `json:"faint"`   // texts of too little contrast
	Spilled  []string `json:"spilled"` // cells and tiles whose content runs into the next
	Styled   int      `json:"styled"`
	Nameless []string `json:"nameless"` // controls without a name
	Text     string   `json:"text"`
	Styles   int      `json:"styles"`
	complaints
}

// complaints are what the browser said of a page.
type complaints struct {
	mu  sync.Mutex
	all []string
}

func (c *complaints) add(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, s)
}

func (c *complaints) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.all...)
}

// hear keeps what is an error.
func (c *complaints) hear(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "Failed to load resource") {
			c.add(e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		c.add("exception: " + e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" {
			c.add(fmt.Sprint("console: ", e.Args))
		}
	}
}

// command is a command of the protocol as a step.
func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// tab is a tab of the browser that looks at one page after another in one way.
type tab struct {
	look
	ctx  context.Context
	mu   sync.Mutex
	seen *seen // of the page that is open, which hears what the browser says
}

// openTab opens a tab with a look.
func openTab(t *testing.T, browser context.Context, l look) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	p := &tab{look: l, ctx: ctx, seen: &seen{}}
	if err := chromedp.Listen(ctx, func(event any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.seen.hear(event)
	}); err != nil {
		t.Fatal(err)
	}
	theme := "light"
	if l.dark {
		theme = "dark"
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if err := chromedp.Do(ctx,
		command(log.Enable, cdp.Empty{}), command(emulation.SetEmulatedMedia, media),
		chromedp.EmulateViewport(l.width, 1000),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !l.scripts}),
	); err != nil {
		t.Fatal(err)
	}
	return p
}

// visit opens an address and looks at it.
func (p *tab) visit(t *testing.T, address, name string) *seen {
	t.Helper()
	s := &seen{}
	p.mu.Lock()
	p.seen = s
	p.mu.Unlock()
	if err := chromedp.Do(p.ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	result, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](inspect))
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	if folder := os.Getenv("TACIT_TEST_PICTURES"); folder != "" {
		take := chromedp.CaptureScreenshot()
		if p.width < 600 {
			take = chromedp.FullScreenshot(100)
		}
		picture, err := chromedp.Run(p.ctx, take)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+"-"+p.String()+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal([]byte(result), s); err != nil {
		t.Fatalf("%s: %v: %s", address, err, result)
	}
	return s
}

// inspect runs in the page. A cell spills when its content is wider than it and
// not cut off, and when it leaves a list's value less than half of the row; a table that is to be seen whole when it must be scrolled, any other when it scrolls
// and has no shade at its edge to say so, a tag or button when it leaves its card. Contrast is that of WCAG 2, by text node and the
// nearest background below it; colours are read back from a canvas, which
// knows every notation.
const inspect = `(() => {
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const cache = new Map();
  const rgba = (c) => {
    if (!cache.has(c)) { pen.clearRect(0, 0, 1, 1); pen.fillStyle = c; pen.fillRect(0, 0, 1, 1); cache.set(c, [...pen.getImageData(0, 0, 1, 1).data]); }
    return cache.get(c);
  };
  const light = ([r, g, b]) => {
    const f = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; }
    return [255, 255, 255, 255];
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || !e.checkVisibility() || e.closest("[disabled],.vh,script")) continue;
    const style = getComputedStyle(e);
    const ink = rgba(e.namespaceURI.endsWith("svg") ? style.fill : style.color);
    const a = light(ink), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.45) faint.add(n.data.trim().slice(0, 40) + " " + ratio.toFixed(2));
  }
  const width = document.documentElement.clientWidth;
  let widest = "";
  for (const e of document.querySelectorAll("body *")) {
    if (e.getBoundingClientRect().right > width + 1 && !e.closest(".table-wrap,pre,.tabs,.scroll-x,.nav")) { widest = e.outerHTML.slice(0, 120); break; }
  }
  const spilled = [...document.querySelectorAll(".stat > *, .kv > *, .crumbs > *, .strip > *, .timeline > * > *, .chart-head > *, .table :is(th, td)")]
    .filter((e) => e.checkVisibility() && !e.closest(".entries thead") && (getComputedStyle(e).overflowX === "visible" && e.scrollWidth > e.clientWidth + 1
      || e.matches(".kv > dd") && e.parentElement.clientWidth > 240 && e.clientWidth < 0.49 * e.parentElement.clientWidth))
    .concat([...document.querySelectorAll(".compared > .table-wrap, .table-wrap:has(.tree), .table-wrap[aria-label='Audit log']")]
      .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && (width > 1000 || !e.matches("[aria-label='Audit log']"))))
    .concat([...document.querySelectorAll(".table-wrap, .graph, .code pre")]
      .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && !getComputedStyle(e).backgroundAttachment.includes("local")))
    .concat([...document.querySelectorAll(":is(.panel, .main) :is(.chip, .btn)")].filter((e) => e.checkVisibility() && !e.closest(".table-wrap")
      && e.getBoundingClientRect().right > e.closest(".panel, .main").getBoundingClientRect().right + 1))
    .map((e) => e.outerHTML.slice(0, 120));
  const nameless = [...document.querySelectorAll("a,button,input:not([type=hidden]),select")]
    .filter((e) => e.checkVisibility() && !((e.innerText ?? e.textContent) || e.getAttribute("aria-label") || e.title || [...(e.labels || [])].map((l) => l.innerText).join("") || "").trim())
    .map((e) => e.outerHTML.slice(0, 120));
  return JSON.stringify({
    title: document.title, heads: document.querySelectorAll("h1").length,
    wide: document.documentElement.scrollWidth - width, widest, faint: [...faint], nameless, spilled,
    styled: document.querySelectorAll("body [style]").length, text: document.querySelector("main").innerText,
    styles: document.styleSheets.length,
  });
})()`
