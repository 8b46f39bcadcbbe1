package rest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tacit-ml/tacit/internal/foundation/idempotency"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// root is the path of the API.
const root = "/api/v1"

// Services are what the API speaks for; each interface is declared in the file
// of the resource that calls it.
type Services struct {
	Version string
	Started time.Time
	Now     func() time.Time

	Stores      Stores
	Checks      Checks
	Experiments Experiments
	Runs        Runs
	Metrics     Metrics
	Artifacts   Artifacts
	Models      Models
	Versions    Versions
	Scans       Scans
	Signatures  Signatures
	Boms        Boms
	Data        Data
	Jobs        Jobs
	Backups     Backups
	Events      Events
	Lineage     Lineage
	Audit       Audit
	Access      Visibility
	Accounts    Accounts
	Workspaces  Workspaces
	Grants      Grants
	Groups      Groups
	Decisions   Decisions
	Answers     Answers
	PageKey     page.Signer // seals page tokens; the same on all replicas
}

// operation is one row of the API's table.
type operation struct {
	method, path string // path below root
	id           string // name of the operation in OpenAPI
	summary      string
	action       string
	on           target
	status       int // of success; 0 for 200, or 204 where there is no content
}

// face collects the routes that huma makes of the operations.
type face struct {
	Services
	api    huma.API
	routes []route.Route
}

// New gives the face, and its OpenAPI document as JSON.
func New(s Services) (route.Face, []byte, error) {
	f := &face{Services: s}
	config := huma.DefaultConfig("tacit", "1")
	config.Info.Description = "tacit's own API. MLflow's protocol is spoken beside it, below /api/2.0."
	config.Servers = []*huma.Server{{URL: root}}
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.RejectUnknownQueryParameters = true
	config.CreateHooks = nil // no $schema links: messages hold what their types say
	config.Transformers = append(config.Transformers, refused)
	f.api = huma.NewAPI(config, adapter{f})
	for _, resource := range []func(){
		f.server, f.experiments, f.runs, f.metrics, f.artifacts, f.models, f.versions, f.scans, f.signatures, f.boms, f.data, f.jobs, f.backups, f.events, f.audit, f.accounts, f.workspaces, f.groups, f.grants, f.decisions, f.lineage,
	} {
		resource()
	}
	describeProblem(f.api.OpenAPI())
	document, err := f.api.OpenAPI().MarshalJSON()
	if err != nil {
		return route.Face{}, nil, err
	}
	f.routes = append(f.routes, route.Route{
		Method: http.MethodGet, Pattern: root + "/openapi.json", Public: true,
		Serve: func(w http.ResponseWriter, _ *http.Request, _ any) error {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(document)
			return nil
		},
	})
	return route.Face{
		Name: "rest", Routes: f.routes, Fail: fail,
		Owns: func(_ *http.Request, path string) bool { return path == root || strings.HasPrefix(path, root+"/") },
	}, document, nil
}

// maxBody bounds a message, in bytes: a batch of the greatest size that a run
// takes, with every character escaped, is smaller.
const maxBody = 16 << 20

// messageTime bounds how long a message may take to come, as everywhere.
const messageTime = time.Minute

// add makes one operation a route: huma reads the message, call decides.
func add[In, Out any](f *face, o operation, call func(context.Context, *In) (*Out, error)) {
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, Tags: []string{o.tag()},
		DefaultStatus: o.status, MaxBodyBytes: maxBody, BodyReadTimeout: messageTime,
		Metadata: map[string]any{"operation": o},
	}
	if writes(o.method) {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: keyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(idempotency.MaxKey)},
			Description: "A text made for this one request: sent again with it, the request is not carried out again and gets its first answer.",
		})
	}
	huma.Register(f.api, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := call(ctx, in)
		if err != nil {
			if f, ok := ctx.Value(failureKey{}).(*failure); ok {
				f.err = err
			}
			return nil, problemOf(err)
		}
		return out, nil
	})
}

// tag groups operations by the first segment of their path.
func (o operation) tag() string {
	first, _, _ := strings.Cut(strings.TrimPrefix(o.path, "/"), "/")
	return first
}

// describeProblem adds to the schema of failures what tacit's have beside.
func describeProblem(document *huma.OpenAPI) {
	if model := document.Components.Schemas.Map()["ErrorModel"]; model != nil {
		model.Properties["hint"] = &huma.Schema{Type: huma.TypeString, Description: "What to do next."}
	}
}

// failure carries the error of an operation past huma, which has told it to the
// client, to the request's line in the log.
type failure struct{ err error }

type failureKey struct{}

// adapter is huma's view of the face: what huma would put on a mux becomes a
// row of the face's table.
type adapter struct{ f *face }

// Handle takes one operation.
func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	o := op.Metadata["operation"].(operation)
	serve := func(w http.ResponseWriter, r *http.Request) error {
		var f failure
		handler(humago.NewContext(op, r.WithContext(context.WithValue(r.Context(), failureKey{}, &f)), w))
		return f.err
	}
	r := route.Route{Method: op.Method, Pattern: root + op.Path, Action: o.action, Scope: o.on.scope, Workspace: o.on.workspace, Anywhere: o.on.anywhere}
	if o.on.objects != nil {
		r.Objects = func(r *http.Request, m any) []route.Object { return o.on.objects(r, body(m)) }
	}
	if writes(op.Method) {
		r.Decode = decode
	}
	r.Serve = func(w http.ResponseWriter, r *http.Request, m any) error {
		if !writes(r.Method) {
			return serve(w, r)
		}
		return a.f.once(w, r, o, body(m), serve)
	}
	a.f.routes = append(a.f.routes, r)
}

// ServeHTTP is never called: requests come through package route.
func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	http.NotFound(w, r)
}
