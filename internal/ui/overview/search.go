package overview

import (
	"context"
	"net/http"
	"strings"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// perKind is how many of each kind a search shows.
const perKind = 20

type found struct {
	Query       string
	Experiments []tracking.Experiment
	Models      []registry.Model
}

// search goes straight to what the caller may read and has this id, name or URN;
// else it lists the experiments and models whose name contains the words.
func (p *Pages) search(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	f := found{Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	if f.Query != "" {
		to, err := p.straight(ctx, f.Query)
		if err != nil {
			return err
		}
		if to != "" {
			http.Redirect(w, r, to, http.StatusSeeOther)
			return nil
		}
		pattern := "name ILIKE '%" + quoted(f.Query) + "%'"
		experiments, err := permitted(p.Tracking.SearchExperiments(ctx, tracking.ExperimentSearch{Filter: pattern, Max: perKind}))
		if err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
		models, err := permitted(p.Registry.SearchModels(ctx, registry.ModelSearch{Filter: pattern, Max: perKind}))
		if err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
		f.Experiments, f.Models = experiments.Experiments, models.Models
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Search", Search: f.Query}, searchBody(f))
}

// straight is the address of the one thing with this id, name or URN that the
// caller may read; "" when there is none, or another.
func (p *Pages) straight(ctx context.Context, q string) (string, error) {
	reads, err := kit.ReadsOf(ctx, p.Access)
	if err != nil {
		return "", err
	}
	to := func(u urn.URN) (string, error) {
		if ok, err := reads(u); err != nil || !ok {
			return "", err
		}
		return kit.PageOf(ctx, u), nil
	}
	if u, err := urn.Parse(q); err == nil {
		return to(u)
	}
	for _, look := range []struct {
		kind  string
		there func() error
	}{
		{"run", func() error { _, err := p.Tracking.Run(ctx, q); return err }},
		{"model", func() error { _, err := p.Registry.Model(ctx, q); return err }},
		{"experiment", func() error { _, err := p.Tracking.Experiment(ctx, q); return err }},
	} {
		switch err := look.there(); {
		case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid):
			continue
		case err != nil:
			return "", err
		}
		if address, err := to(urn.New(look.kind, q)); err != nil || address != "" {
			return address, err
		}
	}
	return "", nil
}

// quoted makes a query safe between the quotes of a filter. The grammar has no
// escape for a quote or a wildcard, so those become one of any letter.
func quoted(q string) string { return strings.NewReplacer("'", "_", "%", "_").Replace(q) }
