package app

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// placed are the roots of a run and of a logged model in the workspace team, and
// those of none.
type placed struct{ there, none [2]string }

func (g guarded) placed(name string) placed {
	g.t.Helper()
	experiment := said(g.call("team", "experiments/create", `{"name":"`+name+`"}`), `"experiment_id": ?"(\d+)"`)
	run := said(g.call("team", "runs/create", `{"experiment_id":"`+experiment+`","tags":[{"key":"`+name+`","value":"1"}]}`), `"run_id": ?"([0-9a-f]+)"`)
	model := said(g.call("team", "logged-models", `{"experiment_id":"`+experiment+`","name":"`+name+`"}`), `"model_id": ?"m-([0-9a-f]+)"`)
	roots := func(run, model string) [2]string {
		return [2]string{experiment + "/" + run + "/artifacts", experiment + "/models/m-" + model + "/artifacts"}
	}
	absent := strings.Repeat("e", 32)
	return placed{roots(run, model), roots(absent, absent)}
}

// inTeam gives somebody of the workspace default a role in team.
func (g guarded) inTeam(name, role string) {
	g.t.Helper()
	if w := g.ask(g.socket, "PUT", "/w/team/api/v1/users/"+name+"/role", `{"role":"`+role+`"}`, "Content-Type", "application/json"); w.Code >= 300 {
		g.t.Fatal(w.Code, w.Body)
	}
}

// leaves takes somebody's role in default.
func (g guarded) leaves(name string) {
	g.t.Helper()
	if w := g.ask(g.socket, "PUT", "/api/v1/users/"+name+"/role", `{"role":""}`, "Content-Type", "application/json"); w.Code >= 300 {
		g.t.Fatal(w.Code, w.Body)
	}
}

// ways are all in which a client acts on files by their path: each a method, an
// address and a message, with R for the root.
var ways = []string{
	"PUT " + proxied + "/R/f.txt text",
	"GET " + proxied + "/R/f.txt ",
	"GET " + proxied + "?path=R ",
	"POST /api/2.0/mlflow-artifacts/mpu/create/R " + `{"path":"large.bin","num_parts":1}`,
	"POST /api/2.0/mlflow-artifacts/mpu/complete/R " + `{"path":"large.bin","upload_id":"u","parts":[{"part_number":1,"etag":"e"}]}`,
	"POST /api/2.0/mlflow-artifacts/mpu/abort/R " + `{"path":"large.bin","upload_id":"u"}`,
	"DELETE " + proxied + "/R/f.txt ",
	"DELETE " + proxied + "/R ",
}

// way asks in a way, from a workspace, "" for the default one.
func (g guarded) way(door http.Handler, workspace, way, root string, header ...string) (status int, body string) {
	method, rest, _ := strings.Cut(way, " ")
	path, message, _ := strings.Cut(rest, " ")
	if workspace != "" {
		path = "/w/" + workspace + path
	}
	w := g.ask(door, method, strings.ReplaceAll(path, "R", root), message, append(header, "Content-Type", "application/json")...)
	return w.Code, strings.ReplaceAll(w.Body.String(), root, "R")
}

var signature = regexp.MustCompile(`signature=[A-Za-z0-9_-]+`)

// A file whose path names a run or a logged model lies with it, whatever workspace
// the client names, to who may act on it there: whole, in parts, and after a move.
func TestFilesLieWithTheirRun(t *testing.T) {
	t.Parallel()
	for name, records := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { return rowstest.PostgresAddress(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := openGuardedOn(t, records(t), time.Now)
			ada, vera := g.user("ada", "maintainer"), g.user("vera", "maintainer")
			at := g.placed("e")
			g.inTeam("ada", "maintainer")
			g.inTeam("vera", "viewer")
			g.place(at, "", "team", "Authorization", ada)
			g.reads(at, vera)
			member := g.user("member", "viewer")
			g.leaves("member")
			g.inTeam("member", "maintainer")
			g.place(at, "", "team", "Authorization", member)
			if status, body := g.way(g.door, "", "PUT "+proxied+"/R/f.txt text", at.none[0], "Authorization", member); status != http.StatusForbidden || !strings.Contains(body, "You have no part in the workspace default.") {
				t.Error(status, body)
			}
			if w := g.ask(g.socket, "DELETE", "/api/v1/workspaces/team?contents=move", ""); w.Code != http.StatusNoContent {
				t.Fatal(w.Code, w.Body)
			}
			root := g.user("root", "")
			if w := g.ask(g.socket, "PUT", "/api/v1/users/root/role", `{"role":"admin","everywhere":true}`, "Content-Type", "application/json"); w.Code >= 300 {
				t.Fatal(w.Code, w.Body)
			}
			g.call("team", "experiments/create", `{"name":"again"}`) // so that somebody has a part in it
			for i, was := range at.there {
				moved := g.movedTo(at) + "/" + was
				if got := g.get(proxied + "/" + moved + "/kept.txt"); got != fmt.Sprint("kept ", i) {
					t.Error(moved, got)
				}
			}
			g.place(at, "team", "", "Authorization", root)
		})
	}
}

// movedTo is the folder of default that files of team were moved to.
func (g guarded) movedTo(at placed) string {
	g.t.Helper()
	return said(g.get("/api/2.0/mlflow/runs/get?run_id="+strings.Split(at.there[0], "/")[1]), `mlflow-artifacts:/(moved-[0-9a-f]+)/`)
}

// place stores files by the roots as team has them, from one workspace, and finds
// them in another, where the things are.
func (g guarded) place(at placed, from, in string, header ...string) {
	g.t.Helper()
	prefix := func(workspace string) string {
		if workspace == "" {
			return ""
		}
		return "/w/" + workspace
	}
	for i, root := range at.there {
		for _, way := range ways {
			if status, body := g.way(g.door, from, way, root, header...); status != http.StatusOK && !strings.Contains(way, "mpu/complete") {
				g.t.Error(way, status, body)
			}
		}
		for name, text := range map[string]string{"kept.txt": fmt.Sprint("kept ", i), "plots/roc.svg": "<svg/>"} {
			if w := g.ask(g.door, "PUT", prefix(from)+proxied+"/"+root+"/"+name, text, header...); w.Code != http.StatusOK {
				g.t.Fatal(w.Code, w.Body)
			}
		}
		w := g.ask(g.door, "POST", prefix(from)+"/api/2.0/mlflow-artifacts/mpu/create/"+root, `{"path":"large.bin","num_parts":1}`, append(header, "Content-Type", "application/json")...)
		upload, address := said(w.Body.String(), `"upload_id": ?"([^"]+)"`), strings.ReplaceAll(said(w.Body.String(), `"url": ?"http://[^/]+([^"]+)"`), `\u0026`, "&")
		part := g.ask(g.door, "PUT", address, "large")
		if part.Code != http.StatusOK {
			g.t.Fatal(address, part.Code, part.Body)
		}
		if w := g.ask(g.door, "PUT", strings.Replace(address, "/mpu/part/", "/mpu/part/other/", 1), "large"); w.Code != http.StatusForbidden {
			g.t.Error("a part at another path", w.Code, w.Body)
		}
		if w := g.ask(g.door, "PUT", strings.ReplaceAll(address, "workspace=", "workspace=x"), "large"); strings.Contains(address, "workspace=") && w.Code != http.StatusForbidden {
			g.t.Error("a part of another workspace", w.Code, w.Body)
		}
		complete := fmt.Sprintf(`{"path":"large.bin","upload_id":"%s","parts":[{"part_number":1,"etag":%s}]}`, upload, part.Header().Get("ETag"))
		if w := g.ask(g.door, "POST", prefix(from)+"/api/2.0/mlflow-artifacts/mpu/complete/"+root, complete, append(header, "Content-Type", "application/json")...); w.Code != http.StatusOK {
			g.t.Fatal(w.Code, w.Body)
		}
		where := root
		if in == "" {
			where = g.movedTo(at) + "/" + root
		}
		for name, want := range map[string]string{"kept.txt": fmt.Sprint("kept ", i), "plots/roc.svg": "<svg/>", "large.bin": "large"} {
			for _, path := range []string{prefix(in) + proxied + "/" + where, prefix(from) + proxied + "/" + root} {
				if got := g.get(path + "/" + name); got != want {
					g.t.Errorf("%s/%s: %q, want %q", path, name, got, want)
				}
			}
		}
		if i == 0 {
			run := strings.Split(root, "/")[1]
			if list := g.get(prefix(in) + "/api/2.0/mlflow/artifacts/list?run_id=" + run); !strings.Contains(list, "kept.txt") || !strings.Contains(list, "large.bin") {
				g.t.Error(list)
			}
		}
	}
}

// reads finds that a viewer reads what is there, and writes and deletes in the
// workspace that they ask in.
func (g guarded) reads(at placed, viewer string) {
	g.t.Helper()
	for i, root := range at.there {
		for _, way := range ways {
			status, body := g.way(g.door, "", way, root, "Authorization", viewer)
			if reads := strings.HasPrefix(way, "GET "+proxied+"?"); reads && (status != http.StatusOK || !strings.Contains(body, "kept.txt")) {
				g.t.Error(way, status, body)
			}
		}
		w := g.ask(g.door, "GET", proxied+"/"+root+"/kept.txt", "", "Authorization", viewer)
		if there := g.get("/w/team" + proxied + "/" + root + "/kept.txt"); there != fmt.Sprint("kept ", i) || w.Body.String() != there {
			g.t.Error(there, w.Code, w.Body)
		}
		if w := g.ask(g.socket, "GET", "/w/team"+proxied+"/"+root+"/f.txt", ""); w.Code != http.StatusNotFound {
			g.t.Error("a viewer stored a file there:", w.Code, w.Body)
		}
	}
}

// Whoever may not act on a run where it is stores, lists and deletes by its path as
// by that of a run that nobody has: with the same answers, by the same statements.
func TestAPathTellsOfNoRunElsewhere(t *testing.T) {
	t.Parallel()
	g := openGuardedBy(t, func() func() time.Time { at := time.Now(); return func() time.Time { return at } }())
	at := g.placed("secret")
	const cedar = `@id("s") forbid (principal, action, resource) when { resource is Run && resource.hasTag("secret") };
@id("m") forbid (principal, action, resource is LoggedModel) when { resource.name == "secret" };`
	held := map[string]string{"outsider": "", "nobody": "", "hidden": "maintainer", "granted": "", "closed": "contributor"}
	as := map[string]string{}
	for name, role := range held {
		if as[name] = g.user(name, "maintainer"); name == "outsider" {
			g.leaves(name)
		}
		if role != "" {
			g.inTeam(name, role)
		}
	}
	other := g.placed("open")
	number := func(p placed) string { id, _, _ := strings.Cut(p.there[0], "/"); return id }
	for name, grant := range map[string]string{"granted": number(other) + " READ", "closed": number(at) + " NO_PERMISSIONS"} {
		id, level, _ := strings.Cut(grant, " ")
		g.call("team", "experiments/permissions/create", `{"experiment_id":"`+id+`","username":"`+name+`","permission":"`+level+`"}`)
	}
	compare := func(name string) {
		t.Helper()
		for i := range at.there {
			for _, way := range ways {
				var there, none string
				ask := func(root string, into *string) func() {
					return func() {
						status, body := g.way(g.door, "", way, root, "Authorization", as[name])
						*into = hexadecimal.ReplaceAllString(signature.ReplaceAllString(fmt.Sprint(status, " ", body), "signature"), "H")
					}
				}
				ofThere, ofNone := g.statements(ask(at.there[i], &there)), g.statements(ask(at.none[i], &none))
				if there != none {
					t.Errorf("%s %s: %s, and of none %s", name, way, there, none)
				}
				if diff := cmp.Diff(ofNone, ofThere); diff != "" {
					t.Errorf("%s %s takes other statements than where there is none:\n%s", name, way, diff)
				}
			}
		}
	}
	for name := range held { // that a token is used is written once a minute
		g.way(g.door, "", ways[0], at.none[0], "Authorization", as[name])
	}
	for _, way := range ways { // and a refusal, while it comes again, once
		g.way(g.door, "", way, at.none[0], "Authorization", as["outsider"])
	}
	compare("outsider")
	compare("nobody")
	compare("granted")
	compare("closed")
	g.ruled(cedar)
	for name := range held {
		compare(name)
	}
	for _, root := range at.there {
		if list := g.get("/w/team" + proxied + "?path=" + root); strings.Contains(list, "f.txt") {
			t.Error("stored there:", list)
		}
	}
}

// What somebody without a part in a run put at its path in their own workspace becomes
// no file of the run, and is found and deleted there by who put it, also when they get a
// part in the run and when the run comes to their workspace.
func TestAFileOutsideItsRunIsNotLost(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	mia := g.user("mia", "maintainer")
	at := g.placed("e")
	put := func(name string) {
		t.Helper()
		for _, root := range at.there {
			if status, body := g.way(g.door, "", "PUT "+proxied+"/R/"+name+" mine", root, "Authorization", mia); status != http.StatusOK {
				t.Fatal(status, body)
			}
		}
	}
	reach := func(name string) {
		t.Helper()
		for _, root := range at.there {
			for _, way := range []string{"GET", "DELETE"} {
				status, body := g.way(g.door, "", way+" "+proxied+"/R/"+name+" ", root, "Authorization", mia)
				if status != http.StatusOK && status != http.StatusNoContent || way == "GET" && body != "mine" {
					t.Error(way, root, name, status, body)
				}
			}
			if status, body := g.way(g.door, "", "GET "+proxied+"/R/"+name+" ", root, "Authorization", mia); status != http.StatusNotFound {
				t.Error("deleted, and still there:", root, status, body)
			}
		}
	}
	for _, name := range []string{"a.txt", "b.txt", "c.txt", "own.txt"} {
		put(name)
	}
	reach("a.txt")
	g.inTeam("mia", "maintainer")
	reach("b.txt")
	for _, root := range at.there { // what the run has of a name comes first
		if w := g.ask(g.socket, "PUT", "/w/team"+proxied+"/"+root+"/own.txt", "the run's"); w.Code != http.StatusOK {
			t.Fatal(w.Code, w.Body)
		}
	}
	if w := g.ask(g.socket, "DELETE", "/api/v1/workspaces/team?contents=move", ""); w.Code != http.StatusNoContent {
		t.Fatal(w.Code, w.Body)
	}
	for _, root := range at.there {
		if status, body := g.way(g.door, "", "GET "+proxied+"/R/own.txt ", root, "Authorization", mia); status != http.StatusOK || body != "the run's" {
			t.Error(root, status, body)
		}
		owner := "tacit:run/" + strings.Split(root, "/")[1]
		if strings.Contains(root, "/models/") {
			owner = "tacit:logged-model/" + strings.Split(root, "/")[2]
		}
		if graph := g.get("/api/v1/lineage?direction=down&of=" + owner); strings.Contains(graph, "c.txt") || !strings.Contains(graph, "own.txt") {
			t.Error(owner, graph)
		}
	}
	reach("c.txt")
}
