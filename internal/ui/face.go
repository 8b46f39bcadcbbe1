package ui

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/ui/account"
	"github.com/tacit-ml/tacit/internal/ui/deploy"
	"github.com/tacit-ml/tacit/internal/ui/develop"
	"github.com/tacit-ml/tacit/internal/ui/govern"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/overview"
	"github.com/tacit-ml/tacit/internal/ui/security"
	"github.com/tacit-ml/tacit/web"
)

// Services are what the pages ask.
type Services struct {
	Tracking interface {
		develop.Tracking
		overview.Tracking
	}
	Registry interface {
		deploy.Registry
		overview.Registry
	}
	Artifacts    develop.Artifacts
	LoggedModels develop.LoggedModels
	Data         develop.Data
	Scans        security.Scans
	Boms         security.Boms
	Events       govern.Events
	Lineage      govern.Lineage
	Audit        govern.Audit
	Access       interface {
		overview.Access
		develop.Access
	}
	Decisions  govern.Decisions
	Sessions   account.Sessions
	Accounts   account.Accounts
	Providers  account.Providers
	Workspaces Workspaces
}

// Workspaces are those in which the caller has a part.
type Workspaces interface {
	Workspaces(context.Context) ([]access.Workspace, error)
}

// names gives their names.
func names(of Workspaces) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		found, err := of.Workspaces(ctx)
		all := make([]string, len(found))
		for i, w := range found {
			all[i] = w.Name
		}
		return all, err
	}
}

// Options say how this tacit is set up.
type Options struct {
	Version string
	Stores  string // what stands at the foot of the navigation: "SQLite, local disk"
	SignIn  bool   // nobody sees a page without signing in
	Now     func() time.Time
	Random  func(int) []byte // so many random bytes
	Log     *slog.Logger
}

// New gives the face of the pages. It owns every path that no other face owns,
// so it stands last.
func New(s Services, o Options) (route.Face, error) {
	assets, err := web.Load()
	if err != nil {
		return route.Face{}, fmt.Errorf("ui: %w", err)
	}
	site := &kit.Site{
		Files:   kit.Files{Styles: assets.Styles, Scripts: assets.Scripts, Mark: assets.Mark},
		Version: o.Version, Stores: o.Stores, SignIn: o.SignIn, Now: o.Now,
		Chapters: chapters(s), Workspaces: names(s.Workspaces),
	}
	routes := []route.Route{{
		Method: "GET", Pattern: "/static/{name}", Public: true,
		Serve: func(w http.ResponseWriter, r *http.Request, _ any) error {
			return assets.Serve(w, r, r.PathValue("name"))
		},
	}, site.ThemeRoute()}
	for _, wing := range []interface{ Routes() []route.Route }{
		&overview.Pages{Site: site, Tracking: s.Tracking, Registry: s.Registry, Events: s.Events, Access: s.Access},
		&develop.Pages{Site: site, Tracking: s.Tracking, Artifacts: s.Artifacts, Versions: s.Registry, Models: s.LoggedModels, Data: s.Data, Access: s.Access},
		&deploy.Pages{Site: site, Registry: s.Registry, Runs: s.Tracking, Scans: s.Scans, Access: s.Access},
		&security.Pages{Site: site, Versions: s.Registry, Scans: s.Scans, Boms: s.Boms},
		&govern.Pages{Site: site, Events: s.Events, Access: s.Access, Lineage: s.Lineage, Audit: s.Audit, Decisions: s.Decisions},
		&account.Pages{Site: site, Sessions: s.Sessions, Accounts: s.Accounts, Providers: s.Providers, Access: s.Access, Now: o.Now, Random: o.Random, Log: o.Log},
	} {
		routes = append(routes, wing.Routes()...)
	}
	return route.Face{
		Name: "ui", Routes: routes, Fail: site.Fail,
		Owns: func(*http.Request, string) bool { return true },
	}, nil
}

// chapters are the guide's, in its order. A practice without a page is named, so
// that the map is whole, and leads nowhere.
func chapters(s Services) []kit.Chapter {
	return []kit.Chapter{
		{Items: []kit.Item{overview.Item(), govern.Activity()}},
		{Name: "Develop", Items: develop.Items(s.Tracking), Later: "validation, features"},
		{Name: "Deploy", Items: deploy.Items(s.Registry), Later: "images, pipelines, endpoints"},
		{Name: "Monitor", Later: "telemetry, drift, quality, alerts"},
		{Name: "Govern", Items: []kit.Item{security.Item(), govern.AuditItem(), govern.LineageItem(), govern.PoliciesItem(), account.Item()}, Later: "explanations, readiness"},
		{Name: "LLM", Later: "prompts, traces, gateway, evaluations"},
	}
}
