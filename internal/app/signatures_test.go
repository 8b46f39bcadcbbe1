package app

import (
	"net/http"
	"path"
	"strings"
	"testing"
)

// A signature is a file of whatever the version's files are of: who may not write
// there puts none, whatever they may do with the version.
func TestSignaturesAreFiles(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	mona := g.user("mona", "maintainer")
	_, run := g.filed("kept", "", "frozen")
	id := path.Base(run)
	g.made("registered-models/create", `{"name":"m"}`)
	g.made("model-versions/create", `{"name":"m","source":"runs:/`+id+`/","run_id":"`+id+`"}`)
	put := func(want int) {
		t.Helper()
		for _, at := range []string{"/models/m/versions/1", "/models/m/versions/01", "/runs/" + id} {
			w := g.ask(g.door, "PUT", "/api/v1"+at+"/signature", `{"bundle":"{}"}`, "Authorization", mona, "Content-Type", "application/json")
			if w.Code != want {
				t.Errorf("%s: %d %s, want %d", at, w.Code, w.Body, want)
			}
		}
	}
	put(http.StatusBadRequest) // she may, and {} is no signature
	for _, rule := range []string{`resource is Run`, `resource is Artifact`} {
		g.ruled(`@id("w") forbid (principal, action == Action::"artifact.write", ` + rule + `);`)
		put(http.StatusForbidden)
	}
}

// A bill of materials tells of the run to who may read it.
func TestBillsOfMaterialsKeepWhatTheRunSays(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	vera := g.user("vera", "viewer")
	_, run := g.filed("kept", "", "hush-hush")
	id := path.Base(run)
	g.made("registered-models/create", `{"name":"m"}`)
	g.made("model-versions/create", `{"name":"m","source":"runs:/`+id+`/","run_id":"`+id+`"}`)
	shows := func(want bool) {
		t.Helper()
		for _, form := range []string{"cyclonedx", "spdx"} {
			w := g.ask(g.door, "GET", "/api/v1/models/m/versions/1/bom?format="+form, "", "Authorization", vera)
			if told := strings.Contains(w.Body.String(), "hush-hush"); w.Code != http.StatusOK || form == "cyclonedx" && told != want || !strings.Contains(w.Body.String(), id) {
				t.Errorf("%s: %d, told %v, want %v: %s", form, w.Code, told, want, w.Body)
			}
		}
	}
	shows(true)
	g.ruled(`@id("r") forbid (principal, action == Action::"run.read", resource is Run);`)
	shows(false)
}
