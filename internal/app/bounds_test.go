package app

import (
	"net/http"
	"testing"
)

// A workspace is emptied unless something that is in it may not be deleted: a policy
// that could keep something, though nothing of that is there, keeps nothing.
func TestAWorkspaceIsEmptiedUnlessSomethingInItIsKept(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	root := g.user("root", "admin")
	if w := g.ask(g.socket, "PUT", "/api/v1/users/root/role", `{"role":"admin","everywhere":true}`, "Content-Type", "application/json"); w.Code >= 300 {
		t.Fatal(w.Code, w.Body)
	}
	const held = `resource.hasTag("hold")`
	tags := `"tags":[{"key":"hold","value":"yes"}]`
	for kind, c := range map[string]struct{ policy, tagged string }{
		"experiment":   {`action == Action::"experiment.delete", resource is Experiment) when { ` + held + ` };`, "experiment"},
		"run":          {`action == Action::"run.delete", resource is Run) when { ` + held + ` };`, "run"},
		"logged model": {`action == Action::"logged-model.delete", resource is LoggedModel) when { ` + held + ` };`, "logged"},
		"model":        {`action == Action::"model.delete", resource is Model) when { ` + held + ` };`, "model"},
		"version":      {`action == Action::"version.delete", resource is Version) when { ` + held + ` };`, "version"},
		"file of run":  {`action == Action::"artifact.delete", resource is Run) when { ` + held + ` };`, "run"},
		"file":         {`action == Action::"artifact.delete", resource is Artifact) when { resource.id like "kept/*" };`, "file"},
	} {
		g.ruled(`@id("x") forbid (principal, ` + c.policy)
		for _, tagged := range []string{"", c.tagged} {
			at := "/w/team/api/2.0/mlflow/"
			with := func(what string) string {
				if what == tagged {
					return "," + tags
				}
				return ""
			}
			experiment := g.made(at+"experiments/create", `{"name":"e"`+with("experiment")+`}`, "experiment_id")
			run := g.made(at+"runs/create", `{"experiment_id":"`+experiment+`"`+with("run")+`}`, "run", "info", "run_id")
			g.made(at+"logged-models", `{"experiment_id":"`+experiment+`"`+with("logged")+`}`)
			g.made(at+"registered-models/create", `{"name":"m"`+with("model")+`}`)
			g.made(at+"model-versions/create", `{"name":"m","source":"s3://b/m"`+with("version")+`}`)
			folder := experiment + "/" + run + "/artifacts"
			if tagged == "file" {
				folder = "kept"
			}
			if w := g.ask(g.socket, "PUT", "/w/team"+proxied+"/"+folder+"/f.txt", "text"); w.Code != http.StatusOK {
				t.Fatal(w.Code, w.Body)
			}
			want := http.StatusNoContent
			if tagged != "" {
				want = http.StatusForbidden
			}
			if w := g.ask(g.door, "DELETE", "/api/v1/workspaces/team?contents=delete", "", "Authorization", root); w.Code != want {
				t.Errorf("with a policy on a %s, and %q that it keeps: %d %s", kind, tagged, w.Code, w.Body)
			}
		}
		if w := g.ask(g.socket, "DELETE", "/api/v1/workspaces/team?contents=delete", ""); w.Code != http.StatusNoContent { // nothing binds the folder's owner
			t.Fatal(w.Code, w.Body)
		}
		if w := g.ask(g.socket, "DELETE", "/w/team"+proxied+"/kept/f.txt", ""); w.Code >= http.StatusInternalServerError {
			t.Fatal(w.Code, w.Body)
		}
	}
}
