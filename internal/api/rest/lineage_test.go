package rest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// What another program reports is found, walked and told again; the room's own
// tests do so on both engines.
func TestLineage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rowstest.SQLite(t, schemas()))
	const (
		at   = "/w/team/api/v1/lineage"
		run  = "tacit:job-run/0192f0c1-0000-7000-8000-000000000001"
		told = `{"eventType":"COMPLETE","eventTime":"2026-01-02T03:04:05Z","producer":"https://example.org/etl","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",` +
			`"run":{"runId":"0192f0c1-0000-7000-8000-000000000001"},"job":{"namespace":"etl","name":"clean"},"inputs":[{"namespace":"w","name":"raw"}],"outputs":[{"namespace":"w","name":"flights"}]}`
	)
	if a := w.send("POST", at, told); a.Code != http.StatusCreated || a.Body.Len() > 0 {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(strings.Replace(told, "001\"", "002\"", 1))); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	if a := w.send("POST", at, packed.String(), "Content-Encoding", "gzip"); a.Code != http.StatusCreated {
		t.Errorf("packed: %d %s", a.Code, a.Body)
	}
	if p := must[problem](t, w, 400, "POST", at, told, "Content-Encoding", "gzip"); !strings.Contains(p.Detail, "gzip") {
		t.Errorf("not packed: %s", p.Detail)
	}
	if p := must[problem](t, w, 400, "POST", at, `{"eventType":"COMPLETE"}`); !strings.Contains(p.Detail, "eventTime") {
		t.Errorf("wrong: %s", p.Detail)
	}
	if p := must[problem](t, w, 429, "POST", at, strings.Replace(told, `"etl"`, `"`+strings.Repeat("x", 1<<20)+`"`, 1)); !strings.Contains(p.Detail, "bytes") {
		t.Errorf("large: %s", p.Detail)
	}

	found := must[Page[LineageNodeBody]](t, w, 200, "GET", at+"/things?word="+url.QueryEscape(run)+"&word=nothing", "")
	if len(found.Items) != 1 || found.Items[0].URN != run || found.Items[0].Name != "clean" || found.Items[0].Actor != "tacit:user/local" {
		t.Errorf("found %+v", found.Items)
	}
	w.asked.all = nil
	g := must[LineageBody](t, w, 200, "GET", at+"?depth=1&direction=up&of="+url.QueryEscape(run), "")
	if diff := cmp.Diff([]string{"lineage.read " + run}, w.asked.all); diff != "" {
		t.Errorf("asked:\n%s", diff)
	}
	var edges []string
	for _, e := range g.Edges {
		edges = append(edges, e.From+" "+e.Relation+" "+e.To)
	}
	slices.Sort(edges)
	if diff := cmp.Diff([]string{"tacit:dataset/w/raw used " + run, "tacit:job/etl/clean derived-from " + run}, edges); diff != "" {
		t.Errorf("up:\n%s", diff)
	}
	again := must[Page[json.RawMessage]](t, w, 200, "GET", at+"/openlineage?of="+url.QueryEscape(run), "")
	if len(again.Items) != 1 || string(again.Items[0]) != told {
		t.Errorf("told again: %s", again.Items)
	}
	built := must[LineageBuiltBody](t, w, 200, "POST", at+"/rebuild", "")
	if built.Nodes != 6 || built.Edges != 6 { // two runs, a job, two datasets, a user; three edges a run
		t.Errorf("built %+v", built)
	}
	for path, status := range map[string]int{
		"?of=" + url.QueryEscape(run) + "&depth=51": 422, "?of=run": 400, "": 422, "?of=tacit:run/none": 404, "/openlineage?of=tacit:run/none": 404,
		"?of=" + url.QueryEscape(run) + "&direction=left": 422, "/things": 422,
	} {
		if a := w.send("GET", at+path, ""); a.Code != status {
			t.Errorf("GET %s: %d %s, want %d", path, a.Code, a.Body, status)
		}
	}
	if a := w.send("GET", "/api/v1/lineage?of="+url.QueryEscape(run), ""); a.Code != http.StatusNotFound {
		t.Errorf("from another workspace: %d %s", a.Code, a.Body)
	}
}
