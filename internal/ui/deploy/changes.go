package deploy

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// change is one thing that a form changes about a version.
type change func(ctx context.Context, model string, number int64, form url.Values) error

// changed makes the handler of a form: the change, then the version's page
// again, by a redirect so that reloading repeats nothing. What is wrong with
// the form stands on the page.
func (p *Pages) changed(do change) func(http.ResponseWriter, *http.Request, any) error {
	return func(w http.ResponseWriter, r *http.Request, message any) error {
		ctx := r.Context()
		version, err := p.find(r)
		if err != nil {
			return err
		}
		err = do(ctx, version.Model, version.Number, message.(url.Values))
		if fault.Is(err, fault.Invalid) {
			return p.show(w, r, version, err)
		}
		if err != nil {
			return err
		}
		http.Redirect(w, r, kit.To(ctx, "models", version.Model, "versions", number(version.Number)), http.StatusSeeOther)
		return nil
	}
}

func (p *Pages) setStage(ctx context.Context, model string, n int64, form url.Values) error {
	_, err := p.Registry.SetStage(ctx, model, n, form.Get("stage"), form.Get("archive") == "1")
	return err
}

func (p *Pages) setAlias(ctx context.Context, model string, n int64, form url.Values) error {
	return p.Registry.SetAlias(ctx, model, strings.TrimPrefix(strings.TrimSpace(form.Get("alias")), "@"), n)
}

func (p *Pages) removeAlias(ctx context.Context, model string, _ int64, form url.Values) error {
	return p.Registry.DeleteAlias(ctx, model, form.Get("alias"))
}

func (p *Pages) describe(ctx context.Context, model string, n int64, form url.Values) error {
	_, err := p.Registry.DescribeVersion(ctx, model, n, strings.ReplaceAll(form.Get("description"), "\r\n", "\n"))
	return err
}

// describeModel changes what a model is said to be.
func (p *Pages) describeModel(w http.ResponseWriter, r *http.Request, message any) error {
	ctx := r.Context()
	name := r.PathValue("name")
	text := strings.ReplaceAll(message.(url.Values).Get("description"), "\r\n", "\n")
	if _, err := p.Registry.DescribeModel(ctx, name, text); err != nil {
		return err
	}
	http.Redirect(w, r, kit.To(ctx, "models", name), http.StatusSeeOther)
	return nil
}

// stages are what a version may be moved to.
func stages() []registry.Stage {
	return []registry.Stage{registry.None, registry.Staging, registry.Production, registry.Archived}
}
