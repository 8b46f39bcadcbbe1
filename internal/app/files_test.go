package app

import (
	"net/http"
	"strings"
	"testing"
)

// Files of a run that a policy keeps from somebody are kept from them by their
// path as well, by the run, and by every folder above, wherever they lie; what is
// not forbidden is done.
func TestFilesAreKeptWithTheirRun(t *testing.T) {
	t.Parallel()
	for name, cedar := range map[string]string{
		"run":        `@id("x") forbid (principal, action, resource is Run) when { resource.hasTag("secret") };`,
		"run alone":  `@id("x") forbid (principal, action in [Action::"run.read", Action::"run.update"], resource is Run) when { resource.hasTag("secret") };`,
		"holder":     `@id("x") forbid (principal, action == Action::"experiment.read", resource is Experiment) when { resource.name like "secret*" };`,
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
				g.byRun(mona, secret, http.StatusForbidden)
				if w := g.ask(g.socket, "GET", proxied+"/"+secret+"/artifacts/f.txt", ""); w.Body.String() != "kept" {
					t.Errorf("%s after all of it: %d %s", secret, w.Code, w.Body)
				}
			}
			g.byRun(mona, open, http.StatusOK)
			for _, done := range []string{"PUT /" + open + "/artifacts/g.txt", "GET /" + open + "/artifacts/g.txt", "GET ?path=" + open + "/artifacts", "DELETE /" + open + "/artifacts"} {
				method, path, _ := strings.Cut(done, " ")
				if w := g.ask(g.door, method, proxied+path, "x", "Authorization", mona); w.Code != http.StatusOK {
					t.Errorf("%s: %d %s", done, w.Code, w.Body)
				}
			}
		})
	}
}

// byRun asks for the files in the folder of a run by the run, on every face, and
// wants a status. A page about the run that is answered all the same tells of no
// file whose run is refused.
func (g guarded) byRun(authorization, folder string, status int) {
	g.t.Helper()
	run := folder[strings.LastIndex(folder, "/")+1:]
	for _, asked := range []string{
		"GET /get-artifact?path=f.txt&run_id=" + run, "GET /api/2.0/mlflow/artifacts/list?run_id=" + run, "GET /api/v1/runs/" + run + "/artifacts",
		"GET /runs/" + run + "/artifacts", "GET /runs/" + run + "/artifacts/file?path=f.txt", "POST /ajax-api/2.0/mlflow/upload-artifact?path=f.txt&run_id=" + run,
	} {
		method, path, _ := strings.Cut(asked, " ")
		if w := g.ask(g.door, method, path, "kept", "Authorization", authorization); w.Code != status {
			g.t.Errorf("%s: %d %.300s", asked, w.Code, w.Body)
		}
	}
	page := g.ask(g.door, "GET", "/runs/"+run, "", "Authorization", authorization)
	if told := strings.Contains(page.Body.String(), "f.txt"); told != (status == http.StatusOK) {
		g.t.Errorf("the page of the run (%d) tells of its file: %v", page.Code, told)
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

// A version gives its bytes to whoever may read it, also where the run that they
// lie in is hidden from them; one that is hidden gives them to nobody.
func TestAVersionGivesItsBytes(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	mona := g.user("mona", "maintainer")
	_, folder := g.filed("secret", "", "secret")
	run := folder[strings.LastIndex(folder, "/")+1:]
	g.made("registered-models/create", `{"name":"m"}`)
	for range 2 {
		g.made("model-versions/create", `{"name":"m","run_id":"`+run+`","source":"runs:/`+run+`/"}`)
	}
	g.ruled(`@id("run") forbid (principal, action, resource is Run) when { resource.hasTag("secret") };
@id("version") forbid (principal, action == Action::"version.read", resource == Version::"m/2");`)
	for number, status := range map[string]int{"1": http.StatusOK, "2": http.StatusForbidden, "02": http.StatusForbidden, "3": http.StatusForbidden} {
		w := g.ask(g.door, "GET", "/model-versions/get-artifact?name=m&path=f.txt&version="+number, "", "Authorization", mona)
		if w.Code != status || (w.Body.String() == "kept") != (status == http.StatusOK) {
			t.Errorf("version %s: %d %s", number, w.Code, w.Body)
		}
	}
	page := g.ask(g.door, "GET", "/models/m/versions/1", "", "Authorization", mona).Body.String()
	if strings.Contains(page, "/runs/"+run) || strings.Contains(page, "secret") {
		t.Error("the page of a version tells of its run, which is hidden")
	}
}
