package app

import (
	"strings"
	"testing"
)

// A page leads to the workspaces in which its reader has a part, and says nothing
// of others; with one there is no choice.
func TestAWorkspaceIsChosen(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	asks := func(path, body string) {
		t.Helper()
		g.ask(g.socket, "POST", path, body, "Content-Type", "application/json")
	}
	asks("/api/v1/workspaces", `{"name":"team"}`)
	asks("/api/v1/workspaces", `{"name":"closed"}`)
	g.user("ada", "viewer")
	b := g.browser()
	b.signIn("ada", "")
	leads := func(page string, status int, to ...string) {
		t.Helper()
		w := b.get(page)
		b.wants(w, status, "")
		if got := strings.Count(w.Body.String(), `href="/w/`); len(to) == 0 && status == 200 && got != 0 {
			t.Errorf("%s leads into %d workspaces", page, got)
		}
		for _, name := range to {
			if !strings.Contains(w.Body.String(), `<a href="/w/`+name+`/">`) {
				t.Errorf("%s does not lead to %s", page, name)
			}
		}
		if strings.Contains(w.Body.String(), `<a href="/w/closed/">`) {
			t.Errorf("%s leads to what is closed", page)
		}
	}
	leads("/", 200)
	g.ask(g.socket, "PUT", "/w/team/api/v1/users/ada/role", `{"role":"viewer"}`, "Content-Type", "application/json")
	leads("/", 200, "default", "team")
	leads("/w/team/", 200, "default", "team")
	leads("/w/closed/", 403) // who is refused at the door has no standing to look by
}
