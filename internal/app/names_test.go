package app

import (
	"net/http"
	"strings"
	"testing"
)

// An experiment is made where that may be done under the name it will have, and
// renamed where that may be done under both: a name that a policy keeps is neither
// made nor given, nor taken away from what has it.
func TestNamesOfExperimentsAreDecidedOn(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	cora, gina := g.user("cora", "contributor"), g.user("gina", "")
	mine := g.made("experiments/create", `{"name":"mine"}`, "experiment_id")
	kept := g.made("experiments/create", `{"name":"kept-a"}`, "experiment_id")
	theirs := g.made("experiments/create", `{"name":"theirs"}`, "experiment_id")
	g.made("experiments/permissions/create", `{"experiment_id":"`+theirs+`","username":"gina","permission":"EDIT"}`)
	g.ruled(`@id("c") forbid (principal, action == Action::"experiment.create", resource is Experiment) when { resource.name like "prod-*" };
@id("u") forbid (principal, action == Action::"experiment.update", resource is Experiment) when { resource.name like "kept-*" };`)
	for _, c := range []struct {
		who, asked string
		status     int
	}{
		{cora, `POST /api/2.0/mlflow/experiments/create {"name":"prod-a"}`, http.StatusForbidden},
		{cora, `POST /api/v1/experiments {"name":"prod-b"}`, http.StatusForbidden},
		{cora, `POST /api/2.0/mlflow/experiments/create {"name":"other"}`, http.StatusOK},
		{cora, `POST /api/v1/experiments {"name":"another"}`, http.StatusCreated},
		{cora, `POST /api/v1/experiments {"name":"kept-b"}`, http.StatusCreated},
		{cora, `POST /api/2.0/mlflow/experiments/create {}`, http.StatusBadRequest},
		{cora, `POST /api/2.0/mlflow/experiments/update {"experiment_id":"{mine}","new_name":"prod-c"}`, http.StatusForbidden},
		{cora, `POST /api/2.0/mlflow/experiments/update {"experiment_id":"0{mine}","new_name":"prod-c"}`, http.StatusForbidden},
		{cora, `PATCH /api/v1/experiments/{mine} {"name":"prod-d"}`, http.StatusForbidden},
		{cora, `PATCH /api/v1/experiments/{mine} {"name":"kept-c"}`, http.StatusForbidden}, // under the new name it may not be changed
		{cora, `PATCH /api/v1/experiments/{kept} {"name":"free"}`, http.StatusForbidden},   // nor under the one it has
		{cora, `PATCH /api/v1/experiments/{mine} {"name":"mine-too"}`, http.StatusNoContent},
		{cora, `POST /api/2.0/mlflow/experiments/update {"experiment_id":"0{mine}","new_name":"mine"}`, http.StatusOK},
		{gina, `PATCH /api/v1/experiments/{theirs} {"name":"hers"}`, http.StatusNoContent}, // a grant on the experiment is one on its names
		{gina, `PATCH /api/v1/experiments/{theirs} {"name":"prod-e"}`, http.StatusForbidden},
		{gina, `PATCH /api/v1/experiments/{mine} {"name":"hers-too"}`, http.StatusForbidden},
	} {
		method, rest, _ := strings.Cut(strings.NewReplacer("{mine}", mine, "{kept}", kept, "{theirs}", theirs).Replace(c.asked), " ")
		path, body, _ := strings.Cut(rest, " ")
		if w := g.ask(g.door, method, path, body, "Authorization", c.who, "Content-Type", "application/json"); w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.asked, w.Code, w.Body, c.status)
		}
	}
}

// The page of a run whose files may not be read says so, and the same whether there
// are any.
func TestTheRunsPageTellsThatFilesAreClosed(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	vera := g.user("vera", "viewer")
	const closed, none = "You may not read the files of this run.", "The run itself logged no file."
	shows := func(run, text string) {
		t.Helper()
		w := g.ask(g.door, "GET", "/runs/"+run, "", "Authorization", vera)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), text) || strings.Contains(w.Body.String(), closed) != (text == closed) || strings.Contains(w.Body.String(), none) != (text == none) {
			t.Errorf("%d, does not say %q", w.Code, text)
		}
	}
	bare := g.made("runs/create", `{"experiment_id":"0"}`, "run", "info", "run_id")
	full := g.made("runs/create", `{"experiment_id":"0"}`, "run", "info", "run_id")
	g.stored("0/"+full+"/artifacts/model.bin", "weights")
	shows(bare, none)
	shows(full, "model.bin")
	g.ruled(`@id("x") forbid (principal, action == Action::"artifact.read", resource);`)
	shows(bare, closed)
	shows(full, closed)
}
