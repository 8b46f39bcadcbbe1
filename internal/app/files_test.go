package app

import (
	"net/http"
	"strings"
	"testing"
)

// Files of a run that a policy keeps from somebody are kept from them by their
// path as well, and by every folder above, wherever they lie; what is not
// forbidden is done.
func TestFilesAreKeptWithTheirRun(t *testing.T) {
	t.Parallel()
	for name, cedar := range map[string]string{
		"run":        `@id("x") forbid (principal, action, resource is Run) when { resource.hasTag("secret") };`,
		"run alone":  `@id("x") forbid (principal, action in [Action::"run.read", Action::"run.update"], resource is Run) when { resource.hasTag("secret") };`,
		"files":      `@id("x") forbid (principal, action in Action::"artifact", resource is Artifact) when { resource has experiment && resource.experiment.name like "secret*" };`,
		"experiment": `@id("x") forbid (principal, action, resource) when { resource has experiment && resource.experiment.name like "secret*" };`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := openGuarded(t)
			mona := g.user("mona", "maintainer")
			_, open := g.filed("open", "", "open")
			for at, location := range map[string]string{"": "", "proj": "mlflow-artifacts:/proj/deep"} {
				above, secret := g.filed("secret"+at, location, "secret")
				g.ruled(cedar)
				for _, path := range []string{above, secret, secret + "/artifacts", secret + "/artifacts/f.txt", strings.Split(above, "/")[0]} {
					for _, refused := range []string{"DELETE /" + path, "GET ?path=" + path, "GET /" + path} {
						g.refuses(refused, mona)
					}
				}
				g.refuses("PUT /"+secret+"/artifacts/f.txt", mona)
				if w := g.ask(g.socket, "GET", proxied+"/"+secret+"/artifacts/f.txt", ""); w.Body.String() != "kept" {
					t.Errorf("%s after all of it: %d %s", secret, w.Code, w.Body)
				}
			}
			for _, done := range []string{"PUT /" + open + "/artifacts/g.txt", "GET /" + open + "/artifacts/g.txt", "GET ?path=" + open + "/artifacts", "DELETE /" + open + "/artifacts"} {
				method, path, _ := strings.Cut(done, " ")
				if w := g.ask(g.door, method, proxied+path, "x", "Authorization", mona); w.Code != http.StatusOK {
					t.Errorf("%s: %d %s", done, w.Code, w.Body)
				}
			}
		})
	}
}

// refuses asks for files what is to be denied, and the reason for the same.
func (g guarded) refuses(asked, authorization string) {
	g.t.Helper()
	method, path, _ := strings.Cut(asked, " ")
	if w := g.ask(g.door, method, proxied+path, "x", "Authorization", authorization); w.Code != http.StatusForbidden {
		g.t.Errorf("%s: %d %s", asked, w.Code, w.Body)
	}
	action := map[string]string{"GET": "artifact.read", "PUT": "artifact.write", "DELETE": "artifact.delete"}[method]
	object := strings.TrimPrefix(strings.TrimPrefix(path, "?path="), "/")
	w := g.ask(g.socket, "GET", "/api/v1/access/explain?principal=tacit:user/mona&action="+action+"&object=tacit:artifact/"+object, "")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"allowed":false`) {
		g.t.Errorf("explaining %s: %d %s", asked, w.Code, w.Body)
	}
}

// A grant that lets nothing through on an experiment holds for every folder that
// its runs lie in.
func TestFoldersAboveWhatAGrantKeeps(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	mona := g.user("mona", "maintainer")
	above, run := g.filed("kept", "", "k")
	if w := g.ask(g.socket, "POST", "/api/2.0/mlflow/experiments/permissions/create", `{"experiment_id":"`+above+`","username":"mona","permission":"NO_PERMISSIONS"}`,
		"Content-Type", "application/json"); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	for _, path := range []string{above, run, run + "/artifacts", run + "/artifacts/f.txt"} {
		g.refuses("DELETE /"+path, mona)
		g.refuses("GET ?path="+path, mona)
	}
}

// Without policies and grants the role decides, on every folder.
func TestTheRoleAloneListsFolders(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	mona := g.user("mona", "maintainer")
	above, _ := g.filed("open", "", "open")
	for _, method := range []string{"GET ?path=", "DELETE /"} {
		method, path, _ := strings.Cut(method, " ")
		if w := g.ask(g.door, method, proxied+path+above, "", "Authorization", mona); w.Code != http.StatusOK {
			t.Errorf("%s %s: %d %s", method, above, w.Code, w.Body)
		}
	}
}

// What is named as no version is there is not found, whatever is in force.
func TestAVersionIsNamedByItsModel(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	ada := g.user("ada", "admin")
	g.ruled(`@id("x") forbid (principal == User::"nobody", action, resource);`)
	for _, of := range []string{"tacit:version/a", "tacit:version/a/1"} {
		if w := g.ask(g.door, "GET", "/api/v1/lineage?of="+of, "", "Authorization", ada); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", of, w.Code, w.Body)
		}
	}
}
