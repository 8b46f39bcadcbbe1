package deploy

import (
	"context"

	"github.com/a-h/templ"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// newestAt is the newest version at a model stage, 0 when there is none.
func newestAt(m registry.Model, s registry.Stage) int64 {
	for _, v := range m.Latest {
		if v.Stage == s {
			return v.Number
		}
	}
	return 0
}

func versionBadges(v registry.Version) []templ.Component {
	badges := []templ.Component{stageBadge(v.Stage)}
	for _, a := range v.Aliases {
		badges = append(badges, aliasBadge(v, a))
	}
	return badges
}

func versionMeta(v registry.Version) []templ.Component {
	meta := []templ.Component{kit.FactTime("registered", format.At(v.Created))}
	if v.User != "" {
		meta = append(meta, kit.Fact(kit.IconPerson, v.User))
	}
	return meta
}

func registerCommand(ctx context.Context) string {
	return "export MLFLOW_TRACKING_URI=" + kit.Here(ctx) + "\npython -c 'import mlflow; mlflow.register_model(\"runs:/RUN_ID/model\", \"churn\")'"
}

func versionCommand(name string) string {
	return "mlflow.register_model(\"runs:/RUN_ID/model\", \"" + name + "\")"
}
