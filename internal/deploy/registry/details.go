package registry

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// sight is which versions the caller may see where a model tells of them.
type sight struct{ versions filter.Node }

// sightOf asks for it: whoever may see no version sees the model all the same.
func (s *Service) sightOf(ctx context.Context) (sight, error) {
	visible, err := s.Access.Visible(ctx, "version.read")
	if fault.Is(err, fault.Denied) {
		return sight{filter.False{}}, nil
	}
	return sight{visible}, err
}

// render adds the condition over versions, listed as r, to a query with args.
func (s sight) render(d rows.Dialect, args ...any) (where string, all []any, err error) {
	q := filter.Query{Dialect: d}
	for _, a := range args {
		q.Arg(a)
	}
	where, err = filter.Render(&q, versionSchema{}, s.versions)
	return where, q.Args(), err
}

// aliases completes modelAliases: those of versions in sight.
func (s sight) aliases(d rows.Dialect, args ...any) (where string, all []any, err error) {
	if s.versions == (filter.Node)(filter.True{}) {
		return "", args, nil
	}
	where, all, err = s.render(d, args...)
	return ofVersion + where + endOfVersion, all, err
}

// fillModels reads tags, and of the versions in sight aliases and the newest, of
// models.
func fillModels(ctx context.Context, r rows.Reader, seen sight, all []Model) error {
	at := make(map[string]*Model, len(all))
	names := make([]string, len(all))
	for i := range all {
		at[all[i].Name], names[i] = &all[i], all[i].Name
	}
	in, args := rows.Listed[string](r.Dialect(), 2), []any{caller.Workspace(ctx), rows.List(r.Dialect(), names)}
	if err := each(ctx, r, modelTags+in+" ORDER BY name, key", args, func(row rows.Scanner) error {
		var (
			name string
			t    Tag
		)
		err := row.Scan(&name, &t.Key, &t.Value)
		at[name].Tags = append(at[name].Tags, t)
		return err
	}); err != nil {
		return err
	}
	where, aliasArgs, err := seen.aliases(r.Dialect(), args...)
	if err != nil {
		return err
	}
	if err := each(ctx, r, modelAliases+in+where+" ORDER BY name, alias", aliasArgs, func(row rows.Scanner) error {
		var (
			name string
			a    Alias
		)
		err := row.Scan(&name, &a.Name, &a.Version)
		at[name].Aliases = append(at[name].Aliases, a)
		return err
	}); err != nil {
		return err
	}
	newest, err := newestOf(ctx, r, seen, in, args)
	if err != nil {
		return err
	}
	for _, v := range newest {
		at[v.Model].Latest = append(at[v.Model].Latest, v)
	}
	return nil
}

// newestOf reads the newest version in sight of each model stage of models, in the
// order of their names and numbers: first the numbers, which an index has,
// then their records.
func newestOf(ctx context.Context, r rows.Reader, seen sight, in string, args []any) ([]Version, error) {
	where, args, err := seen.render(r.Dialect(), args...)
	if err != nil {
		return nil, err
	}
	keys, err := rows.Collect(ctx, r, func(row rows.Scanner) (k rows.Pair, err error) {
		return k, row.Scan(&k.Text, &k.Number)
	}, latestNumbers+in+" AND "+where+" GROUP BY r.name, r.stage", args...)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	list, err := rows.ListPairs(keys)
	if err != nil {
		return nil, err
	}
	all, err := rows.Collect(ctx, r, scanVersion, versionsOfKeys+rows.ListedPairs(r.Dialect(), 2)+" ORDER BY r.name, r.number", caller.Workspace(ctx), list)
	if err != nil {
		return nil, err
	}
	return all, fillVersions(ctx, r, all)
}

// each scans the records of a statement.
func each(ctx context.Context, r rows.Reader, statement string, args []any, scan func(rows.Scanner) error) error {
	answer, err := r.Query(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	for answer.Next() {
		if err := scan(answer); err != nil {
			return err
		}
	}
	return answer.Err()
}

// fillVersions reads tags and aliases of versions.
func fillVersions(ctx context.Context, r rows.Reader, all []Version) error {
	at := make(map[rows.Pair]*Version, len(all))
	keys := make([]rows.Pair, len(all))
	var names []string
	named := map[string]bool{}
	for i := range all {
		keys[i] = rows.Pair{Text: all[i].Model, Number: all[i].Number}
		at[keys[i]] = &all[i]
		if !named[all[i].Model] {
			named[all[i].Model] = true
			names = append(names, all[i].Model)
		}
	}
	list, err := rows.ListPairs(keys)
	if err != nil {
		return err
	}
	args := []any{caller.Workspace(ctx), list}
	if err := each(ctx, r, versionTags+rows.ListedPairs(r.Dialect(), 2)+" ORDER BY name, number, key", args, func(row rows.Scanner) error {
		var (
			k rows.Pair
			t Tag
		)
		err := row.Scan(&k.Text, &k.Number, &t.Key, &t.Value)
		at[k].Tags = append(at[k].Tags, t)
		return err
	}); err != nil {
		return err
	}
	args[1] = rows.List(r.Dialect(), names)
	return each(ctx, r, modelAliases+rows.Listed[string](r.Dialect(), 2)+" ORDER BY name, alias", args, func(row rows.Scanner) error {
		var (
			k     rows.Pair
			alias string
		)
		err := row.Scan(&k.Text, &alias, &k.Number)
		if v := at[k]; v != nil {
			v.Aliases = append(v.Aliases, alias)
		}
		return err
	})
}
