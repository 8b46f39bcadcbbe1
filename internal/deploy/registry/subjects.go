package registry

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// MaxSubjects is how many models or versions a condition over events names. A
// model's name is another text in a URN than in the table, so each is written out.
const MaxSubjects = 5_000

// ModelSubjects is the condition that an event's subject is a registered model that
// a condition over models selects; of more than MaxSubjects, the last changed.
func (s *Service) ModelSubjects(ctx context.Context, where filter.Node) (_ filter.Node, err error) {
	defer fault.Wrap(&err, "registry.ModelSubjects")
	return s.subjects(ctx, modelNames, modelSchema{}, where, func(row rows.Scanner) (urn.URN, error) {
		var name string
		err := row.Scan(&name)
		return ModelURN(name), err
	})
}

// VersionSubjects is the same of model versions.
func (s *Service) VersionSubjects(ctx context.Context, where filter.Node) (_ filter.Node, err error) {
	defer fault.Wrap(&err, "registry.VersionSubjects")
	return s.subjects(ctx, versionNumbers, versionSchema{}, where, func(row rows.Scanner) (urn.URN, error) {
		var (
			name   string
			number int64
		)
		err := row.Scan(&name, &number)
		return VersionURN(name, number), err
	})
}

func (s *Service) subjects(ctx context.Context, begin string, schema filter.Schema, where filter.Node, scan func(rows.Scanner) (urn.URN, error)) (filter.Node, error) {
	q := filter.Query{Dialect: s.DB.Dialect()}
	statement := begin + q.Arg(caller.Workspace(ctx))
	selected, err := filter.Render(&q, schema, where)
	if err != nil {
		return nil, err
	}
	statement += " AND " + selected + " ORDER BY r.updated DESC LIMIT " + q.Arg(MaxSubjects)
	all, err := rows.Collect(ctx, s.DB.Read(), scan, statement, q.Args()...)
	values := make([]any, len(all))
	for i, u := range all {
		values[i] = u.String()
	}
	return filter.Compare{Field: event.Attribute("subject"), Op: filter.In, Values: values}, err
}
