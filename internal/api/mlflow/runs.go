package mlflow

import (
	"context"
	"net/http"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Runs are the use cases that this resource calls.
type Runs interface {
	CreateRun(context.Context, tracking.RunSpec) (tracking.Run, error)
	Run(ctx context.Context, id string) (tracking.Run, error)
	ArtifactRoot(ctx context.Context, id string) (string, error)
	UpdateRun(context.Context, tracking.RunUpdate) (tracking.Run, error)
	DeleteRun(ctx context.Context, id string) error
	RestoreRun(ctx context.Context, id string) error
	SearchRuns(context.Context, tracking.RunSearch) (tracking.RunPage, error)
	LogParam(ctx context.Context, run string, p tracking.Param) error
	SetTag(ctx context.Context, run string, t tracking.Tag) error
	DeleteTag(ctx context.Context, run, key string) error
}

func (f *face) runs() []route.Route {
	const at = "/2.0/mlflow/runs/"
	return slices.Concat(
		written("POST", at+"create", "run.create", experimentOfRun, f.createRun),
		written("GET", at+"get", "run.read", runObject, f.getRun),
		written("POST", at+"update", "run.update", runObject, f.updateRun),
		rpc("POST", at+"delete", "run.delete", runObject, f.deleteRun),
		rpc("POST", at+"restore", "run.delete", runObject, f.restoreRun),
		written("POST", at+"search", "run.search", searchedObjects, f.searchRuns),
		rpc("POST", at+"log-parameter", "run.update", runObject, f.logParam),
		rpc("POST", at+"set-tag", "run.update", runObject, f.setTag),
		rpc("POST", at+"delete-tag", "run.update", runObject, f.deleteTag),
	)
}

// written is rpc for an answer that call writes by itself.
func written[Req any](method, path, action string, objects func(*Req) []route.Object, call func(context.Context, *Req) ([]byte, error)) []route.Route {
	routes := rpc(method, path, action, objects, func(context.Context, *Req) (*empty, error) { return &empty{}, nil })
	for i := range routes {
		routes[i].Serve = func(w http.ResponseWriter, r *http.Request, m any) error {
			body, err := call(r.Context(), m.(*Req))
			if err != nil {
				return err
			}
			return respondJSON(w, body)
		}
	}
	return routes
}

// runRequest is the message of all that act on one run.
type runRequest struct {
	RunID   string   `json:"run_id"`
	RunUUID string   `json:"run_uuid"`
	RunName string   `json:"run_name"`
	Status  *word    `json:"status"`
	EndTime *integer `json:"end_time"`
	Key     string   `json:"key"`
	Value   string   `json:"value"`
}

// run is the run's id under its old or new name.
func (m *runRequest) run() string {
	if m.RunID != "" {
		return m.RunID
	}
	return m.RunUUID
}

func runObject(m *runRequest) []route.Object { return route.On(runURN(m.run())) }

// runsOf names runs, each once.
func runsOf(ids []string) []route.Object { return each(ids, runURN) }

// each names what ids stand for, each once and none that is empty.
func each(ids []string, name func(string) urn.URN) []route.Object {
	objects := make([]route.Object, 0, len(ids))
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if id != "" && !seen[id] {
			seen[id] = true
			objects = append(objects, route.Object{URN: name(id)})
		}
	}
	return objects
}

func runURN(id string) urn.URN {
	if id == "" {
		return urn.URN{}
	}
	return tracking.RunURN(id)
}

type createRunRequest struct {
	ExperimentID string  `json:"experiment_id"`
	UserID       string  `json:"user_id"`
	RunName      string  `json:"run_name"`
	StartTime    integer `json:"start_time"`
	Tags         []pair  `json:"tags"`
}

// experimentOfRun is what permission is asked on. A message that names no
// experiment is asked on the default one, and refused afterwards.
func experimentOfRun(m *createRunRequest) []route.Object {
	if m.ExperimentID == "" {
		return route.On(tracking.ExperimentURN(tracking.DefaultExperiment))
	}
	return route.On(tracking.ExperimentURN(m.ExperimentID))
}

func (f *face) createRun(ctx context.Context, m *createRunRequest) ([]byte, error) {
	if err := required("experiment_id", m.ExperimentID); err != nil {
		return nil, err
	}
	r, err := f.Runs.CreateRun(ctx, tracking.RunSpec{Experiment: m.ExperimentID, Name: m.RunName, User: m.UserID, Start: int64(m.StartTime), Tags: tagsOf(m.Tags)})
	if err != nil {
		return nil, err
	}
	o := &writer{b: make([]byte, 0, 1024)}
	o.begin('{')
	o.key("run")
	o.begin('{')
	o.runFields(&r) // a new run has no outputs
	o.end('}')
	o.end('}')
	return o.b, nil
}

func (f *face) getRun(ctx context.Context, m *runRequest) ([]byte, error) {
	if err := required("run_id", m.run()); err != nil {
		return nil, err
	}
	r, err := f.Runs.Run(ctx, m.run())
	if err != nil {
		return nil, err
	}
	o := &writer{b: make([]byte, 0, 1024)}
	o.begin('{')
	o.key("run")
	o.run(&r)
	o.end('}')
	return o.b, nil
}

// statuses are the values of RunStatus by name and number.
var statuses = map[word]tracking.Status{
	"RUNNING": tracking.Running, "1": tracking.Running, "SCHEDULED": tracking.Scheduled, "2": tracking.Scheduled,
	"FINISHED": tracking.Finished, "3": tracking.Finished, "FAILED": tracking.Failed, "4": tracking.Failed,
	"KILLED": tracking.Killed, "5": tracking.Killed,
}

func (f *face) updateRun(ctx context.Context, m *runRequest) ([]byte, error) {
	if err := required("run_id", m.run()); err != nil {
		return nil, err
	}
	u := tracking.RunUpdate{ID: m.run(), Name: m.RunName, End: m.EndTime.pointer()}
	if m.Status != nil {
		if s, ok := statuses[*m.Status]; ok {
			u.Status = &s
		}
	}
	r, err := f.Runs.UpdateRun(ctx, u)
	if err != nil {
		return nil, err
	}
	o := &writer{b: make([]byte, 0, 512)}
	o.begin('{')
	o.runInfo("run_info", &r)
	o.end('}')
	return o.b, nil
}

func (f *face) deleteRun(ctx context.Context, m *runRequest) (*empty, error) {
	if err := required("run_id", m.run()); err != nil {
		return nil, err
	}
	return &empty{}, f.Runs.DeleteRun(ctx, m.run())
}

func (f *face) restoreRun(ctx context.Context, m *runRequest) (*empty, error) {
	if err := required("run_id", m.run()); err != nil {
		return nil, err
	}
	return &empty{}, f.Runs.RestoreRun(ctx, m.run())
}

type searchRunsRequest struct {
	ExperimentIDs []string `json:"experiment_ids"`
	Filter        string   `json:"filter"`
	RunViewType   word     `json:"run_view_type"`
	MaxResults    count    `json:"max_results"`
	OrderBy       []string `json:"order_by"`
	PageToken     string   `json:"page_token"`
}

func searchedObjects(m *searchRunsRequest) []route.Object { return experimentsOf(m.ExperimentIDs) }

// defaultRunsPage is the page size of a search that names none.
const defaultRunsPage = 1000

func (f *face) searchRuns(ctx context.Context, m *searchRunsRequest) ([]byte, error) {
	limit, err := m.MaxResults.or(defaultRunsPage, tracking.MaxRunsPage)
	if err != nil {
		return nil, err
	}
	page, err := f.Runs.SearchRuns(ctx, tracking.RunSearch{Experiments: m.ExperimentIDs, View: viewOf(m.RunViewType),
		Filter: m.Filter, OrderBy: m.OrderBy, Max: limit, Token: m.PageToken})
	if err != nil {
		return nil, err
	}
	o := &writer{b: make([]byte, 0, 256+1024*len(page.Runs))}
	o.begin('{')
	if len(page.Runs) > 0 {
		o.open("runs", '[')
		for i := range page.Runs {
			o.next()
			o.run(&page.Runs[i])
		}
		o.end(']')
	}
	o.some("next_page_token", page.Next)
	o.end('}')
	return o.b, nil
}

func (f *face) logParam(ctx context.Context, m *runRequest) (*empty, error) {
	if err := required("run_id", m.run(), "key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.Runs.LogParam(ctx, m.run(), tracking.Param{Key: m.Key, Value: m.Value})
}

func (f *face) setTag(ctx context.Context, m *runRequest) (*empty, error) {
	if err := required("run_id", m.run(), "key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.Runs.SetTag(ctx, m.run(), tracking.Tag{Key: m.Key, Value: m.Value})
}

func (f *face) deleteTag(ctx context.Context, m *runRequest) (*empty, error) {
	if err := required("run_id", m.run(), "key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.Runs.DeleteTag(ctx, m.run(), m.Key)
}
