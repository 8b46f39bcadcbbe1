package lineage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// but may read all things but some.
type but struct {
	sight
	hidden map[string]bool
}

// Reader leaves out what is hidden.
func (b but) Reader(context.Context) (func(urn.URN) (bool, error), error) {
	return func(u urn.URN) (bool, error) { return !b.hidden[u.String()], nil }, nil
}

// Data is told with whatever used it: what only hidden things used is told by no
// way, what an open one used as well is, and so is what nothing used.
func TestDataIsToldWithWhatUsedIt(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		data := func(digest string) urn.URN { return urn.New("data", digest) }
		open, shut := urn.New("run", "open"), urn.New("run", "shut")
		h.tell(t, "default", "t.run.created", shut, used(data("secret")), used(data("both")))
		h.tell(t, "default", "t.run.created", open, used(data("both")), used(data("own")))
		h.tell(t, "default", "t.dataset.reported", urn.New("dataset", "s3://b", "alone"))
		h.settle(t)
		h.Access = but{h.sight, map[string]bool{shut.String(): true}}
		for u, want := range map[string][]string{
			"tacit:data/secret": nil, "tacit:run/shut": nil, "tacit:data/none": nil,
			"tacit:data/both": {"tacit:data/both > tacit:run/open used"},
			"tacit:run/open":  {"tacit:data/both > tacit:run/open used", "tacit:data/own > tacit:run/open used"},
			urn.New("dataset", "s3://b", "alone").String(): {},
		} {
			named := must[urn.URN](t)(urn.Parse(u))
			g, err := h.Walk(in("default"), lineage.Walk{Roots: []urn.URN{named}, Direction: lineage.Both})
			if want == nil {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v, %v", u, g.Nodes, err)
				}
			} else if got := lines(g); err != nil || !slices.Equal(want, got) {
				t.Errorf("%s: %v, %v; want %v", u, got, err, want)
			}
		}
		for digest, want := range map[string]int{"secret": 0, "both": 1, "own": 1} {
			if found := must[[]lineage.Node](t)(h.Named(in("default"), digest)); len(found) != want {
				t.Errorf("%s is found as %v", digest, found)
			}
		}
	})
}

// Data has the last name that something gave it which the reader may read.
func TestDataIsCalledAsWhatMayBeReadCallsIt(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := in("default")
		var runs []tracking.Run
		for _, name := range []string{"flights", "flights of 2013", "the merger"} {
			run := must[tracking.Run](t)(h.tracking.CreateRun(ctx, tracking.RunSpec{}))
			ok(t, h.tracking.LogInputs(ctx, run.ID, tracking.Inputs{Datasets: []tracking.DatasetInput{{Dataset: tracking.Dataset{Name: name, Digest: "8a3b12c0"}}}}))
			runs = append(runs, run)
		}
		h.settle(t)
		for _, c := range []struct {
			hidden []int
			open   int
			want   string
		}{{nil, 2, "the merger"}, {[]int{2}, 0, "flights of 2013"}, {[]int{1, 2}, 0, "flights"}, {[]int{0}, 1, "the merger"}} {
			hidden := map[string]bool{}
			for _, i := range c.hidden {
				hidden[tracking.RunURN(runs[i].ID).String()] = true
			}
			h.Access = but{h.sight, hidden}
			found := must[[]lineage.Node](t)(h.Named(ctx, "8a3b12c0"))
			g := must[lineage.Graph](t)(h.Walk(ctx, lineage.Walk{Roots: []urn.URN{tracking.RunURN(runs[c.open].ID)}, Direction: lineage.Up}))
			if len(found) != 1 || found[0].Name != c.want || len(g.Nodes) < 2 || g.Nodes[len(g.Nodes)-1].Name != c.want {
				t.Errorf("without %v it is called %+v, %+v; want %q", c.hidden, found, g.Nodes, c.want)
			}
		}
	})
}

// A report of a thing names nothing of its links that the caller may not read.
func TestReportsNameNothingHidden(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, model := h.trained(t)
		ctx := in("default")
		ok(t, h.Report(ctx, reported("COMPLETE", aRun+","+job+`,"inputs":[{"namespace":"tacit:default","name":"tacit:run/`+run.ID+`"},{"namespace":"w","name":"open"}]`)))
		h.tell(t, "default", "access.user.created", urn.New("user", "local"))
		h.settle(t)
		told := func(of urn.URN) string {
			t.Helper()
			return fmt.Sprintf("%s", must[[]json.RawMessage](t)(h.Export(ctx, of)))
		}
		things := []urn.URN{tracking.LoggedModelURN(model), registry.VersionURN("flight delay", 1), urn.New("job-run", "0192f0c1-0000-7000-8000-000000000001")}
		for _, of := range things {
			if !strings.Contains(told(of), run.ID) {
				t.Errorf("%s tells nothing of the run to who may read it: %s", of, told(of))
			}
		}
		h.Access = but{h.sight, map[string]bool{tracking.RunURN(run.ID).String(): true}}
		for _, of := range things {
			if got := told(of); got == "[]" || strings.Contains(got, run.ID) {
				t.Errorf("%s tells %s", of, got)
			}
		}
		h.Access = but{h.sight, map[string]bool{tracking.LoggedModelURN(model).String(): true}}
		if got := told(tracking.RunURN(run.ID)); strings.Contains(got, model) || !strings.Contains(got, "8a3b12c0") {
			t.Errorf("the run tells %s", got)
		}
		if got := told(urn.New("user", "local")); got != "[]" {
			t.Errorf("of people is told %s", got)
		}
	})
}
