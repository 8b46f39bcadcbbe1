package sharing

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Registered is what was told of one version.
type Registered struct {
	Remote string // its name here
	registration.Registration
}

// Register tells the remotes at which paths and in which commits the repository has what
// is meant. Where all says so, remotes that take no such word are passed over; else one
// of them is fault.Unsupported.
func (c *Config) Register(ctx context.Context, q Request, passing bool) (all []Registered, err error) {
	defer fault.Wrap(&err, "sharing.Register")
	parts, err := c.gather(ctx, q, true)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 || parts[0].remote == "" {
		if err := c.checkDefault(q); err != nil {
			return nil, err
		}
	}
	var where *places
	for _, p := range parts {
		r, err := c.Open(ctx, p.remote)
		if err != nil {
			return all, err
		}
		err = func() error {
			if passing && !r.Registers() {
				return nil
			}
			if where == nil {
				if where, err = c.places(ctx, q); err != nil {
					return err
				}
			}
			some := where.of(p)
			if _, err := r.Register(ctx, some); err != nil {
				return err
			}
			for _, one := range some {
				all = append(all, Registered{p.remote, one})
			}
			return nil
		}()
		if err = errors.Join(err, r.Close()); err != nil {
			return all, err
		}
	}
	return all, nil
}

// where is an out as somebody else may have it: at a path, and as which bytes.
type where struct {
	path   string
	id     object.ID
	layout object.Layout
}

// places are where commits have outs.
type places struct {
	commits    map[where][]string // in order; "" for the working copy alone
	repository string
	above      string // the root, from that of git
}

// places finds out in which commits there is what: in HEAD, and in those that are asked
// for.
func (c *Config) places(ctx context.Context, q Request) (*places, error) {
	all := &places{commits: map[where][]string{}}
	git := c.Repo.Git()
	if git == nil {
		return all, nil
	}
	origin, err := git.Origin(ctx)
	if err != nil {
		return nil, err
	}
	all.repository = registration.Address(origin)
	if all.above, err = filepath.Rel(git.Root(), c.Repo.Root); err != nil {
		return nil, err
	}
	revisions, err := c.revisions(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, rev := range slices.Concat([]string{"HEAD"}, revisions) {
		if rev == "" {
			continue
		}
		commit, err := git.Resolve(ctx, rev)
		if fault.Is(err, fault.NotFound) && rev == "HEAD" {
			continue // there is no commit yet
		}
		if err != nil {
			return nil, err
		}
		ix, err := c.Repo.Index(ctx, commit)
		if err != nil {
			return nil, err
		}
		for _, o := range ix.Outs {
			if w := whereOf(o); !slices.Contains(all.commits[w], commit) {
				all.commits[w] = append(all.commits[w], commit)
			}
		}
	}
	return all, nil
}

func whereOf(o *repository.Out) where { return where{o.Path, o.ID, o.Layout} }

// of are the registrations of what is meant of one remote: of whole outs. One that no
// commit has is registered without.
func (p *places) of(meant part) (all []registration.Registration) {
	for _, s := range meant.outs {
		if s.Sub != "" {
			continue
		}
		r := registration.Registration{
			MD5: s.Out.ID.String(), Legacy: s.Out.Layout == object.Legacy, Path: path.Join(filepath.ToSlash(p.above), s.Out.Path), Repository: p.repository,
		}
		commits := p.commits[whereOf(s.Out)]
		if len(commits) == 0 {
			commits = []string{""}
		}
		for _, r.Commit = range commits {
			all = append(all, r)
		}
	}
	return all
}
