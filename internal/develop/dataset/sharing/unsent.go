package sharing

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Unsent are the paths, from the root, of what is to be pushed and is in no remote: of
// outs, a folder's with a slash at its end, and with files of what lies in them, as far as
// the cache knows it. Without a remote that is everything. A remote is asked only with now;
// else what it said last counts, and all that it never was asked for is missing.
func (c *Config) Unsent(ctx context.Context, q Request, files, now bool) (all []string, err error) {
	defer fault.Wrap(&err, "sharing.Unsent")
	parts, err := c.gather(ctx, q, true)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		paths, err := c.addresses(ctx, p, files)
		if err != nil {
			return nil, err
		}
		var ids []object.ID
		for id := range paths {
			ids = append(ids, id)
		}
		slices.SortFunc(ids, object.Compare)
		if p.remote != "" {
			if ids, err = c.absent(ctx, p, ids, now); err != nil {
				return nil, err
			}
		}
		for _, id := range ids {
			all = append(all, paths[id]...)
		}
	}
	slices.SortFunc(all, byParts)
	return slices.Compact(all), nil
}

// byParts orders paths by their parts.
func byParts(a, b string) int {
	return strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}

// addresses are the paths of the objects of a part.
func (c *Config) addresses(ctx context.Context, p part, files bool) (map[object.ID][]string, error) {
	listings, err := c.listings(ctx, p, nil, func(repository.Selected) {})
	if err != nil {
		return nil, err
	}
	all := map[object.ID][]string{}
	for _, s := range p.outs {
		at := s.Out.Path
		if !s.Out.ID.Dir {
			all[s.Out.ID] = append(all[s.Out.ID], at)
			continue
		}
		all[s.Out.ID] = append(all[s.Out.ID], at+"/")
		l := listings[s.Out.ID]
		for i := 0; files && l != nil && i < l.Len(); i++ {
			all[l.ID(i)] = append(all[l.ID(i)], at+"/"+string(l.Path(i)))
		}
	}
	return all, nil
}
