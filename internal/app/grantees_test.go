package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whoever may grant on a thing of their own learns by no route whether a name is
// that of somebody who has no part in the workspace, or nobody's: status, words and
// statements are the same, and nobody comes in by it.
func TestGrantingTellsNobodyWhoIsThere(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	max := g.user("max", "contributor")
	g.user("gina", "")
	g.user("vera", "viewer")
	const asJSON = "application/json"
	w := g.ask(g.door, "POST", "/api/2.0/mlflow/experiments/create", `{"name":"mine"}`, "Authorization", max, "Content-Type", asJSON)
	mine := said(w.Body.String(), `"experiment_id": ?"(\d+)"`)
	ask := func(asked, name string) (int, string, []string) {
		t.Helper()
		method, rest, _ := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(asked, "{mine}", mine), "{name}", name), " ")
		path, body, _ := strings.Cut(rest, " ")
		code, text := 0, ""
		statements := g.statements(func() {
			w := g.ask(g.door, method, path, body, "Authorization", max, "Content-Type", asJSON)
			code, text = w.Code, strings.ReplaceAll(told(w), name, "Q")
		})
		return code, text, statements
	}
	ask("GET /api/v1/grants?kind=experiment&object={mine}", "") // the use of the token is noted
	for _, asked := range []string{
		`PUT /api/v1/grants/experiment/{mine}/user/{name} {"level":"READ"}`,
		`PUT /api/v1/grants/experiment/{mine}/service/{name} {"level":"READ"}`,
		`DELETE /api/v1/grants/experiment/{mine}/user/{name}`,
		`GET /api/v1/grants?kind=experiment&object={mine}&principal={name}`,
		`POST /api/2.0/mlflow/experiments/permissions/create {"experiment_id":"{mine}","username":"{name}","permission":"READ"}`,
		`GET /api/2.0/mlflow/experiments/permissions/get?experiment_id={mine}&username={name}`,
		`PATCH /api/2.0/mlflow/experiments/permissions/update {"experiment_id":"{mine}","username":"{name}","permission":"READ"}`,
		`DELETE /api/2.0/mlflow/experiments/permissions/delete {"experiment_id":"{mine}","username":"{name}"}`,
		`POST /api/3.0/mlflow/users/permissions/grant {"username":"{name}","resource_type":"experiment","resource_id":"{mine}","permission":"READ"}`,
		`POST /api/3.0/mlflow/users/permissions/revoke {"username":"{name}","resource_type":"experiment","resource_id":"{mine}"}`,
		`GET /api/3.0/mlflow/users/permissions/get?username={name}&resource_type=experiment&resource_id={mine}`,
	} {
		code, text, statements := ask(asked, "gina")
		none, words, asWell := ask(asked, "noel")
		if code != none || text != words || code == http.StatusInternalServerError {
			t.Errorf("%s tells who is there: %d and %d\n%s", asked, code, none, cmp.Diff(words, text))
		}
		if diff := cmp.Diff(asWell, statements); diff != "" {
			t.Errorf("%s takes other statements of who is there:\n%s", asked, diff)
		}
	}
	if code, text, _ := ask(`PUT /api/v1/grants/experiment/{mine}/user/{name} {"level":"EDIT"}`, "vera"); code != http.StatusNoContent {
		t.Errorf("to who has a part: %d %s", code, text)
	}
	b := g.browser()
	b.get("/sign-in")
	b.signIn("gina", "/")
	if w := b.get("/experiments/" + mine); w.Code != http.StatusForbidden {
		t.Errorf("gina enters: %d", w.Code)
	}
}
