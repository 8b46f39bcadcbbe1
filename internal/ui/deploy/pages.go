package deploy

import (
	"net/http"
	"net/url"

	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/security"
)

// here is the navigation's item of these pages.
const here = "/models"

// Pages are the pages of the wing.
type Pages struct {
	Site     *kit.Site
	Registry Registry
	Runs     Runs
	Scans    security.Scans
	Access   kit.Access
}

// Items are the wing's lines of the navigation.
func Items(r Registry) []kit.Item {
	return []kit.Item{{Name: "Models", Icon: kit.IconModel, Path: here, Key: "m", Count: r.CountModels}}
}

// Routes are the addresses of the pages.
func (p *Pages) Routes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/models", Action: "model.list", Scope: route.Listed, Serve: p.models},
		{Method: "GET", Pattern: "/models/{name}", Action: "model.read", Objects: modelOf, Serve: p.model},
		{Method: "GET", Pattern: "/models/{name}/versions/{number}", Action: "version.read", Objects: versionOf, Serve: p.version},
		{Method: "POST", Pattern: "/models/{name}/description", Action: "model.update", Decode: kit.DecodeForm, Objects: modelOf, Serve: p.describeModel},
		{Method: "POST", Pattern: "/models/{name}/versions/{number}/description", Action: "version.update", Decode: kit.DecodeForm, Objects: versionOf, Serve: p.changed(p.describe)},
		{Method: "POST", Pattern: "/models/{name}/versions/{number}/stage", Action: "version.stage", Decode: kit.DecodeForm, Objects: stageOf, Serve: p.changed(p.setStage)},
		{Method: "POST", Pattern: "/models/{name}/versions/{number}/alias", Action: "model.update", Decode: kit.DecodeForm, Objects: aliasOf, Serve: p.changed(p.setAlias)},
		{Method: "POST", Pattern: "/models/{name}/versions/{number}/alias/remove", Action: "model.update", Decode: kit.DecodeForm, Objects: aliasOf, Serve: p.changed(p.removeAlias)},
	}
}

func modelOf(r *http.Request, _ any) []route.Object {
	return route.On(urn.New("model", r.PathValue("name")))
}

func versionOf(r *http.Request, _ any) []route.Object {
	return route.On(urn.New("model", r.PathValue("name"), r.PathValue("number")))
}

// aliasOf asks for the model, and for reading the version whose page is answered.
func aliasOf(r *http.Request, _ any) []route.Object {
	return append(modelOf(r, nil), route.For("version.read", urn.New("model", r.PathValue("name"), r.PathValue("number"))))
}

// stageOf asks for the model as well where its other versions are archived.
func stageOf(r *http.Request, message any) []route.Object {
	objects := versionOf(r, nil)
	if message.(url.Values).Get("archive") == "1" {
		objects = append(objects, modelOf(r, nil)...)
	}
	return objects
}
