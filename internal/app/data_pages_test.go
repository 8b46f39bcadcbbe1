package app

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// pushed pushes a folder to a remote of a workspace's, as dvc does, and gives the name of
// the version. files are in the order of their paths.
func (g guarded) pushed(at string, files ...[2]string) string {
	g.t.Helper()
	var pack, listing strings.Builder
	listing.WriteString("[")
	for i, f := range files {
		sum := md5.Sum([]byte(f[1]))
		fmt.Fprintf(&pack, "%x %d\n%s", sum, len(f[1]), f[1])
		if i > 0 {
			listing.WriteString(", ")
		}
		fmt.Fprintf(&listing, `{"md5": "%x", "relpath": %q}`, sum, f[0])
	}
	listing.WriteString("]")
	sum := md5.Sum([]byte(listing.String()))
	name := hex.EncodeToString(sum[:]) + ".dir"
	for path, body := range map[string]string{".tacit/pack": pack.String() + "\n"} {
		if w := g.ask(g.socket, "POST", at+path, body); w.Code >= 300 {
			g.t.Fatal(w.Code, w.Body)
		}
	}
	if w := g.ask(g.socket, "POST", at+"files/md5/"+name[:2]+"/"+name[2:], listing.String()); w.Code >= 300 {
		g.t.Fatal(w.Code, w.Body)
	}
	return name
}

// Pages of data are those of the workspace, and of the remotes that the reader may read.
func TestPagesOfDataAreOfWhatMayBeRead(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("vera", "viewer")
	g.user("nobody", "")
	g.ask(g.socket, "POST", "/api/v1/workspaces", `{"name":"team"}`, "Content-Type", "application/json")
	open, hidden := g.pushed("/dvc/open/", [2]string{"f", "1"}), g.pushed("/dvc/concealed/", [2]string{"f", "2"})
	elsewhere := g.pushed("/w/team/dvc/elsewhere/", [2]string{"f", "3"})
	g.ruled(`@id("h") forbid (principal, action == Action::"data.read", resource == Remote::"concealed");`)
	b := g.browser()
	b.get("/sign-in")
	b.signIn("vera", "/")
	for _, list := range []string{"/data", "/data/remotes"} {
		b.wants(b.get(list), http.StatusOK, "open")
		if strings.Contains(b.page, "concealed") || strings.Contains(b.page, "elsewhere") {
			t.Errorf("%s tells of a remote that may not be read", list)
		}
	}
	b.wants(b.get("/data/versions/"+open), http.StatusSeeOther, "/data/in/open/versions/"+open)
	b.wants(b.get("/data/in/open/versions/"+open), http.StatusOK, "1 bytes")
	for _, name := range []string{hidden, elsewhere} {
		b.wants(b.get("/data/versions/"+name), http.StatusNotFound, "There is no data version")
	}
	for _, path := range []string{"", "/versions/" + hidden, "/versions/" + hidden + "/file?path=f", "/difference?a=" + hidden + "&b=" + hidden} {
		b.wants(b.get("/data/in/concealed"+path), http.StatusForbidden, "data.read")
	}
	b.wants(b.get("/data/in/open/versions/"+hidden), http.StatusNotFound, "There is no data version")
	b.wants(b.get("/data/in/open/versions/"+elsewhere), http.StatusNotFound, "There is no data version")
	b.wants(b.get("/w/team/data"), http.StatusForbidden, "")
	none := g.browser()
	none.get("/sign-in")
	none.signIn("nobody", "/")
	for _, path := range []string{"/data", "/data/remotes", "/data/in/open", "/data/in/open/versions/" + open} {
		none.wants(none.get(path), http.StatusForbidden, "no part in")
	}
}

// Names and files are what somebody pushed: none of it acts on a page.
func TestPagesOfDataRunNothing(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("vera", "viewer")
	const script = `<script>alert(1)</script>`
	name := g.pushed("/dvc/churn/", [2]string{script, "x"}, [2]string{"evil.svg", `<svg xmlns="http://www.w3.org/2000/svg">` + script + `</svg>`}, [2]string{"page.html", script}, [2]string{"t.csv", "<b>a</b>,b\n" + script + ",2\n"})
	if w := g.ask(g.socket, "POST", "/dvc/churn/.tacit/places", `[{"md5":"`+name+`","path":"data/`+strings.ReplaceAll(script, "/", "|")+`","commit":"`+strings.Repeat("a", 40)+`","repository":"https://example.org/`+script+`"}]`); w.Code >= 300 {
		t.Fatal(w.Code, w.Body)
	}
	b := g.browser()
	b.get("/sign-in")
	b.signIn("vera", "/")
	at := "/data/in/churn/versions/" + name
	for _, path := range []string{"/data", "/data/remotes", "/data/in/churn?path=" + url.QueryEscape("data/"+strings.ReplaceAll(script, "/", "|")), at, at + "?path=" + url.QueryEscape(script), at + "?path=page.html", at + "?path=t.csv", "/data/in/churn/difference?a=" + name + "&b=" + name} {
		w := b.get(path)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Body.String(), "<b>a</b>") {
			t.Errorf("%s: %d, as it was pushed: %v", path, w.Code, w.Code == http.StatusOK)
		}
	}
	for file, want := range map[string][2]string{"evil.svg": {"image/svg+xml", ""}, "page.html": {"application/octet-stream", "attachment"}, script: {"application/octet-stream", "attachment"}} {
		w := b.get(at + "/file?path=" + url.QueryEscape(file))
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Type") != want[0] || !strings.HasPrefix(h.Get("Content-Disposition"), want[1]) ||
			!strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox; default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", file, w.Code, h)
		}
	}
	for _, path := range []string{"", "nowhere", "../x"} {
		if w := b.get(at + "/file?path=" + url.QueryEscape(path)); w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", path, w.Code)
		}
	}
}

// A folder of ten thousand files comes page by page, each as short as the others.
func TestPagesOfManyFiles(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("vera", "viewer")
	const n = 10_000
	var files [][2]string
	for i := range n {
		files = append(files, [2]string{fmt.Sprintf("images/%05d.txt", i), fmt.Sprint(i % 50)})
	}
	name := g.pushed("/dvc/churn/", files...)
	b := g.browser()
	b.get("/sign-in")
	b.signIn("vera", "/")
	seen, pages := map[string]bool{}, 0
	for at := "/data/in/churn/versions/" + name + "?path=images"; at != ""; pages++ {
		w := b.get(at)
		if w.Code != http.StatusOK || len(w.Body.Bytes()) > 200_000 || pages > n {
			t.Fatalf("page %d: %d, %d bytes", pages, w.Code, w.Body.Len())
		}
		for _, part := range strings.Split(b.page, "<span>")[1:] {
			if file, _, _ := strings.Cut(part, "</span>"); strings.HasSuffix(file, ".txt") {
				seen[file] = true
			}
		}
		at = ""
		if before, _, ok := strings.Cut(b.page, `" rel="next">`); ok {
			at = strings.ReplaceAll(before[strings.LastIndex(before, `href="`)+len(`href="`):], "&amp;", "&")
		}
	}
	if len(seen) != n || pages != n/200 {
		t.Errorf("%d files on %d pages", len(seen), pages)
	}
}

// How a repository found a remote is on the page and in the API, to who may read it, and
// is told by who may push.
func TestInspectionsAreShown(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.pushed("/dvc/well/", [2]string{"f", "1"})
	g.pushed("/dvc/ill/", [2]string{"f", "1"})
	g.pushed("/dvc/unseen/", [2]string{"f", "1"})
	for remote, found := range map[string]string{"well": `{"objects":2000,"mended":1}`, "ill": `{"objects":40,"lost":2,"unsent":1}`, "nowhere": `{}`} {
		w := g.ask(g.socket, "POST", "/dvc/"+remote+"/.tacit/inspection", found)
		if want := map[bool]int{true: http.StatusNotFound, false: http.StatusNoContent}[remote == "nowhere"]; w.Code != want {
			t.Errorf("%s: %d %s", remote, w.Code, w.Body)
		}
	}
	if w := g.ask(g.socket, "POST", "/dvc/well/.tacit/inspection", `{"lost":-1}`); w.Code != http.StatusBadRequest {
		t.Error(w.Code, w.Body)
	}
	w := g.ask(g.socket, "GET", "/data/remotes", "")
	for _, text := range []string{"all of 2,000 objects there, ", "2 lost, 1 not sent of 40 objects, ", "Last check"} {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("the page has no %q", text)
		}
	}
	for remote, want := range map[string]string{"well": `"objects":2000,"lost":0,"unsent":0,"mended":1`, "ill": `"objects":40,"lost":2,"unsent":1,"mended":0`} {
		if w := g.ask(g.socket, "GET", "/api/v1/data/"+remote, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Error(remote, w.Code, w.Body)
		}
	}
	if w := g.ask(g.socket, "GET", "/api/v1/data/unseen", ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "inspection") {
		t.Error(w.Code, w.Body)
	}
}
