package mlflow

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Services are the rooms that the protocol's words are spoken for. Each
// interface is declared in the file of the resource that calls it.
type Services struct {
	Experiments      Experiments
	Runs             Runs
	Metrics          Metrics
	Inputs           Inputs
	RegisteredModels RegisteredModels
	ModelVersions    ModelVersions
	LoggedModels     LoggedModels
	Artifacts        Artifacts
	Places           Places
	Users            Users
	Grants           Grants
	Groups           Groups
	Workspaces       Workspaces

	LinkKey page.Signer // signs addresses that are handed out; the same on all replicas
	Now     func() time.Time
}

// face is MLflow's protocol over the rooms.
type face struct{ Services }

// New gives the face: its table of contents is the list of resources here, and
// in each resource's file the list of its routes.
func New(s Services) route.Face {
	f := &face{s}
	return route.Face{
		Name: "mlflow",
		Routes: slices.Concat(
			f.server(),
			f.experiments(),
			f.runs(),
			f.metrics(),
			f.inputs(),
			f.registeredModels(),
			f.modelVersions(),
			f.loggedModels(),
			f.artifacts(),
			f.users(),
			f.grants(),
			f.permissions(),
			f.roles(),
			f.workspaces(),
		),
		Owns: owns,
		Fail: fail,
	}
}

// owns reports whether a request that no route answers is MLflow's to refuse,
// with 404 ENDPOINT_NOT_FOUND: what lies below its roots, and all that no
// browser asks for as a page.
func owns(r *http.Request, path string) bool {
	for _, root := range []string{"/api/", "/ajax-api/", "/v1/", "/graphql"} {
		if strings.HasPrefix(path, root) {
			return true
		}
	}
	page := r.Method == http.MethodGet || r.Method == http.MethodHead
	return !page || !strings.Contains(r.Header.Get("Accept"), "text/html")
}
