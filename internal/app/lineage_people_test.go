package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Lineage tells a reader of nobody but who made what the reader may read: by every
// route of it a person, a service or somebody invited is as one that is not there,
// though they made things. Oneself is told, and who may list people is told all.
func TestLineageTellsOfNobody(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	vera, root := g.user("vera", "viewer"), g.user("root", "admin")
	con := g.user("con", "contributor")
	const asJSON = "application/json"
	if w := g.ask(g.door, "POST", "/api/2.0/mlflow/runs/create", `{"experiment_id":"0"}`, "Authorization", con, "Content-Type", asJSON); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	if w := g.ask(g.socket, "POST", "/api/v1/services", `{"name":"etl","role":"contributor"}`, "Content-Type", asJSON); w.Code != http.StatusCreated {
		t.Fatal(w.Code, w.Body)
	}
	asked := 0
	g.each(func(_ string, r route.Route) {
		if r.Method != http.MethodGet || r.Action != "lineage.read" && r.Action != "lineage.list" {
			return
		}
		asked++
		said := func(as, name string) (int, string) {
			q := url.QueryEscape(name)
			field := "?of="
			if r.Action == "lineage.list" {
				field = "?word="
			}
			w := g.ask(g.door, "GET", r.Pattern+field+q, "", "Authorization", as)
			text := strings.ReplaceAll(strings.ReplaceAll(w.Body.String(), q, "Q"), name, "Q")
			return w.Code, told(&httptest.ResponseRecorder{Body: bytes.NewBufferString(text)})
		}
		code, none := said(vera, "tacit:user/nobody")
		for _, name := range []string{"tacit:user/con", "tacit:user/local", "tacit:user/root", "tacit:service/etl", "tacit:user/vera2"} {
			if c, text := said(vera, name); c != code || text != none {
				t.Errorf("%s tells of %s: %d and %d\n%s\n%s", r.Pattern, name, c, code, text, none)
			}
		}
		for who, as := range map[string]string{"con": con, "root": root} {
			_, text := said(as, "tacit:user/con")
			if _, absent := said(as, "tacit:user/nobody"); text == absent && !strings.HasSuffix(r.Pattern, "/openlineage") {
				t.Errorf("%s tells %s nothing of con", r.Pattern, who)
			}
		}
	})
	if asked < 4 {
		t.Errorf("%d routes tell lineage", asked)
	}
}
