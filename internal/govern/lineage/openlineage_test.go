package lineage_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

const job = `"job":{"namespace":"etl","name":"clean"}`

// reported is an event of OpenLineage; run, job, inputs and outputs as JSON.
func reported(state, rest string) []byte {
	return fmt.Appendf(nil, `{"eventType":%q,"eventTime":"2026-01-02T03:04:05.678+01:00","producer":"https://example.org/etl","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",%s}`, state, rest)
}

const aRun = `"run":{"runId":"0192F0C1-0000-7000-8000-000000000001"}`

// A job of another program joins the graph of runs: by the version of the data
// it wrote, and by a thing of this tacit that it read.
func TestReportsJoinTheGraph(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, _ := h.trained(t)
		ctx := in("default")
		ok(t, h.Report(ctx, reported("START", aRun+","+job+`,"inputs":[{"namespace":"warehouse","name":"raw.flights"}]`)),
			h.Report(ctx, reported("COMPLETE", aRun+","+job+`,"inputs":[{"namespace":"warehouse","name":"raw.flights"}],"outputs":[{"namespace":"warehouse","name":"flights","facets":{"version":{"datasetVersion":"8a3b12c0"}}}]`)),
			h.Report(ctx, reported("FAIL", strings.Replace(aRun, "1\"", "2\"", 1)+","+job+`,"inputs":[{"namespace":"tacit:default","name":"tacit:run/`+run.ID+`"}]`)))
		g := h.walk(t, lineage.Down, urn.New("dataset", "warehouse", "raw.flights"))
		j := "tacit:job-run/0192f0c1-0000-7000-8000-000000000001"
		want := []string{
			"tacit:data/8a3b12c0 > tacit:run/" + run.ID + " used",
			"tacit:dataset/warehouse/raw.flights > " + j + " used",
			j + " > tacit:data/8a3b12c0 produced",
			j + " > tacit:dataset/warehouse/flights produced",
			"tacit:run/" + run.ID + " > tacit:job-run/0192f0c1-0000-7000-8000-000000000002 used",
		}
		got := lines(g)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("the graph lacks %s; it has\n%s", w, strings.Join(got, "\n"))
			}
		}
		for _, n := range g.Nodes {
			if n.URN.Kind == "job-run" && n.Name != "clean" {
				t.Errorf("%s is called %q", n.URN, n.Name)
			}
		}
	})
}

// What was reported is told again as it was, small facets included.
func TestReportsAreToldAgain(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := in("default")
		large := strings.Repeat("x", 9000)
		ok(t, h.Report(ctx, reported("COMPLETE", `"run":{"runId":"0192f0c1-0000-7000-8000-000000000001","facets":{"nominalTime":{"nominalStartTime":"2026-01-02T00:00:00Z"},"log":{"text":"`+large+`"},"parent":{"run":{"runId":"0192f0c1-0000-7000-8000-000000000009"},"job":{"namespace":"etl","name":"nightly"}}}},`+
			job+`,"inputs":[{"namespace":"w","name":"a"}],"outputs":[{"namespace":"w","name":"b"}]`)))
		h.settle(t)
		told := must[[]json.RawMessage](t)(h.Export(ctx, urn.New("job-run", "0192f0c1-0000-7000-8000-000000000001")))
		want := `{"eventType":"COMPLETE","eventTime":"2026-01-02T03:04:05.678+01:00","producer":"https://example.org/etl","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",` +
			`"run":{"runId":"0192f0c1-0000-7000-8000-000000000001","facets":{"nominalTime":{"nominalStartTime":"2026-01-02T00:00:00Z"},"parent":{"run":{"runId":"0192f0c1-0000-7000-8000-000000000009"},"job":{"namespace":"etl","name":"nightly"}}}},` +
			`"job":{"namespace":"etl","name":"clean"},"inputs":[{"namespace":"w","name":"a"}],"outputs":[{"namespace":"w","name":"b"}]}`
		if len(told) != 1 || string(told[0]) != want {
			t.Errorf("told again:\n%s\nwant\n%s", told, want)
		}
		up := lines(h.walk(t, lineage.Up, urn.New("job-run", "0192f0c1-0000-7000-8000-000000000001")))
		if !slices.Contains(up, "tacit:job-run/0192f0c1-0000-7000-8000-000000000009 > tacit:job-run/0192f0c1-0000-7000-8000-000000000001 caused-by") {
			t.Errorf("the parent is not in the graph: %v", up)
		}
	})
}

// A run's own events are told as those of a job, and what is told can be
// reported elsewhere.
func TestRunIsExported(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, _ := h.trained(t)
		ctx := in("default")
		must[tracking.Run](t)(h.tracking.UpdateRun(ctx, tracking.RunUpdate{ID: run.ID, Status: new(tracking.Finished)}))
		h.settle(t)
		var types []string
		for _, raw := range must[[]json.RawMessage](t)(h.Export(ctx, tracking.RunURN(run.ID))) {
			var o struct {
				EventType string
				Run       struct{ RunID string }
				Job       struct{ Namespace, Name string }
				Inputs    []struct{ Namespace, Name string }
			}
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			line := o.EventType + " " + o.Job.Namespace + " " + o.Job.Name
			for _, i := range o.Inputs {
				line += " " + i.Namespace + " " + i.Name
			}
			types = append(types, line)
			if strings.ReplaceAll(o.Run.RunID, "-", "") != run.ID {
				t.Errorf("the run is told as %s", o.Run.RunID)
			}
			ok(t, h.Report(in("elsewhere"), raw))
		}
		of := " tacit:default experiment/" + run.Experiment
		if diff := gocmp.Diff([]string{"START" + of, "RUNNING" + of + " tacit:default tacit:data/8a3b12c0", "RUNNING" + of, "COMPLETE" + of}, types); diff != "" {
			t.Error(diff)
		}
		if _, err := h.Export(ctx, urn.New("run", "none")); !fault.Is(err, fault.NotFound) {
			t.Errorf("a run that is not there: %v", err)
		}
	})
}

func TestWrongReportsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		many := strings.Repeat(`{"namespace":"w","name":"a"},`, lineage.MaxDatasets) + `{"namespace":"w","name":"a"}`
		for _, c := range []struct {
			body string
			kind fault.Kind
			says string
		}{
			{``, fault.Invalid, "is not an event of OpenLineage"},
			{`[]`, fault.Invalid, "is not an event of OpenLineage"},
			{`{}`, fault.Invalid, "eventTime"},
			{"\xff", fault.Invalid, "UTF-8"},
			{string(reported("COMPLETE", aRun)), fault.Invalid, "job:"},
			{string(reported("DONE", aRun+","+job)), fault.Invalid, "eventType"},
			{string(reported("START", `"run":{"runId":"../x"},`+job)), fault.Invalid, "run.runId"},
			{string(reported("START", aRun+`,"job":{"namespace":"","name":"x"}`)), fault.Invalid, "job.namespace is missing"},
			{string(reported("START", aRun+`,"job":{"namespace":"x","name":"a\u0000"}`)), fault.Invalid, "job.name has a NUL"},
			{string(reported("START", aRun+`,"job":{"namespace":"x","name":"`+strings.Repeat("n", 501)+`"}`)), fault.Invalid, "at most 500"},
			{string(reported("START", aRun+","+job+`,"inputs":[`+many+`]`)), fault.Limit, "at most 120"},
			{string(reported("START", aRun+","+job+`,"inputs":[{"namespace":"w"}]`)), fault.Invalid, "inputs.name is missing"},
			{string(reported("", `"dataset":{"namespace":"tacit:default","name":"tacit:run/x"}`)), fault.Invalid, "what tacit keeps"},
			{strings.Repeat(" ", lineage.MaxReport+1), fault.Limit, "at most 1048576 bytes"},
		} {
			err := h.Report(in("default"), []byte(c.body))
			if !fault.Is(err, c.kind) || !strings.Contains(fault.Sentence(err), c.says) {
				t.Errorf("%.80s: %v %q, want %v with %q", c.body, fault.KindOf(err), fault.Sentence(err), c.kind, c.says)
			}
		}
		ok(t, h.Report(in("default"), reported("", job)), h.Report(in("default"), reported("", `"dataset":{"namespace":"w","name":"a"}`)))
		events := must[[]event.Event](t)(h.events.List(in("default"), event.Query{Workspace: "default"}))
		if len(events) != 2 || events[0].Verb != "lineage.dataset.reported" || events[1].Verb != "lineage.job.reported" {
			t.Errorf("events %v", events)
		}
	})
}

// Data and jobs are told by the events of what used, made and ran them, to whoever may
// read that; of another run, and of other data, they tell nothing.
func TestDataAndJobsAreExported(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := in("default")
		const data = `,"inputs":[{"namespace":"s3","name":"flights","facets":{"version":{"datasetVersion":"abcdef00"}}}]`
		for _, state := range []string{"START", "COMPLETE"} {
			ok(t, h.Report(ctx, reported(state, aRun+","+job+data)))
		}
		ok(t, h.Report(ctx, reported("OTHER", aRun+","+job)))
		ok(t, h.Report(ctx, reported("FAIL", `"run":{"runId":"0192f0c1-0000-7000-8000-000000000002"},"job":{"namespace":"etl","name":"other"},"inputs":[{"namespace":"s3","name":"others"}]`)))
		run, of := must[tracking.Run](t)(h.tracking.CreateRun(ctx, tracking.RunSpec{})), urn.New("data", "abcdef00")
		h.tell(t, "default", "tracking.input.recorded", tracking.RunURN(run.ID), used(of))
		h.settle(t)
		states := func(of urn.URN) (all []string) {
			t.Helper()
			for _, raw := range must[[]json.RawMessage](t)(h.Export(ctx, of)) {
				var e struct {
					EventType string
					Run       struct{ RunID string }
				}
				ok(t, json.Unmarshal(raw, &e))
				if all = append(all, e.EventType); strings.ReplaceAll(e.Run.RunID, "-", "") == run.ID {
					all[len(all)-1] += " of the run"
				}
			}
			return all
		}
		for of, want := range map[string][]string{
			"tacit:dataset/s3/flights": {"START", "COMPLETE"}, "tacit:dataset/s3/others": {"FAIL"},
			"tacit:job/etl/clean": {"START", "COMPLETE", "OTHER"}, "tacit:data/abcdef00": {"START", "COMPLETE", "RUNNING of the run"},
		} {
			u := must[urn.URN](t)(urn.Parse(of))
			if diff := gocmp.Diff(want, states(u)); diff != "" {
				t.Errorf("%s:\n%s", of, diff)
			}
		}
		h.Access = but{h.sight, map[string]bool{tracking.RunURN(run.ID).String(): true}}
		if diff := gocmp.Diff([]string{"START", "COMPLETE"}, states(of)); diff != "" {
			t.Errorf("to who may not read the run:\n%s", diff)
		}
	})
}
