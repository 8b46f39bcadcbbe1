package registry

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Use is what a version is used as: an alias that points at it, or the model stage
// that it is at; one of the two is "".
type Use struct {
	Alias string
	Stage Stage
}

const (
	selectAliasesOfVersion = `
SELECT alias FROM registry_alias WHERE workspace = $1 AND name = $2 AND number = $3 ORDER BY alias`

	selectUsed = `
SELECT ` + versionColumns + ` FROM registry_version r
WHERE r.workspace = $1 AND (r.stage IN ('Staging', 'Production')
    OR EXISTS (SELECT 1 FROM registry_alias a WHERE a.workspace = r.workspace AND a.name = r.name AND a.number = r.number)) ORDER BY r.name, r.number`
)

// Uses are the aliases of a version, and its model stage where that is Staging or
// Production, as a transaction sees them. A version that is not there has none.
func (s *Service) Uses(ctx context.Context, r rows.Reader, name string, number int64) (all []Use, err error) {
	defer fault.Wrap(&err, "registry.Uses(%s, %d)", name, number)
	v, err := readVersion(ctx, r, name, number)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	aliases, err := rows.Collect(ctx, r, rows.Column[string], selectAliasesOfVersion, caller.Workspace(ctx), name, number)
	for _, a := range aliases {
		all = append(all, Use{Alias: a})
	}
	if v.Stage == Staging || v.Stage == Production {
		all = append(all, Use{Stage: v.Stage})
	}
	return all, err
}

// Used are the versions of the caller's workspace that have an alias, or are at
// Staging or Production, without their tags.
func (s *Service) Used(ctx context.Context) (_ []Version, err error) {
	defer fault.Wrap(&err, "registry.Used")
	return rows.Collect(ctx, s.DB.Read(), scanVersion, selectUsed, caller.Workspace(ctx))
}
