package sharing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Request says what is meant.
type Request struct {
	Cwd     string
	Targets []string // none for all
	Flags   repository.Flags
	Remote  string // "" for each out's own, or the default one
	Jobs    int    // 0 for the remote's own

	Branches, Tags, Commits bool     // of all of these as well as of the working copy
	Revisions               []string // of these commits as well

	SkipFailed bool     // revisions that cannot be read are left out, with a warning
	Types      []string // "metrics", "plots": outs that are such alone; none for all

	MaxSize *int64 // outs that are larger, in bytes, are left out
}

// Config is what sharing is done with.
type Config struct {
	Repo *repository.Repository
	// Open opens a remote by its name.
	Open func(ctx context.Context, name string) (*remote.Remote, error)
	// Import brings data that belong to another repository into a cache, and tells how
	// many files came and their bytes.
	Import func(ctx context.Context, s repository.Selected, to *cache.Cache, jobs int) (files int, bytes int64, err error)
	// Warn tells what does not end a command.
	Warn func(message string)
	// FileRoot is the root of the file system; "" is that of the system.
	FileRoot string
}

// part is what is meant of one remote in one layout.
type part struct {
	remote string
	layout object.Layout
	outs   []repository.Selected // each once
}

// gather finds what is meant, by remotes. To push, what belongs to other repositories
// and what is not to be pushed is left out.
func (c *Config) gather(ctx context.Context, q Request, push bool) ([]part, error) {
	revisions, err := c.revisions(ctx, q)
	if err != nil {
		return nil, err
	}
	g := &gathering{c: c, q: q, push: push, seen: map[seen]bool{}, parts: map[string]*part{}}
	collected := 0
	for _, rev := range revisions {
		err := g.revision(ctx, rev)
		switch {
		case err == nil:
			collected++
		case rev != "" && q.SkipFailed:
			c.Warn("failed to collect '" + rev + "', skipping: " + fault.Sentence(err))
		case rev == "" || !fault.Is(err, fault.NotFound):
			return nil, err
		default: // the target is not in that revision
		}
	}
	var all []part
	for _, p := range g.parts {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b part) int { return cmp.Or(cmp.Compare(a.remote, b.remote), cmp.Compare(a.layout, b.layout)) })
	return all, nil
}

// revisions are the working copy, "", and the commits that are meant, each once.
func (c *Config) revisions(ctx context.Context, q Request) ([]string, error) {
	all := []string{""}
	all = append(all, q.Revisions...)
	git := c.Repo.Git()
	if git == nil || !q.Branches && !q.Tags && !q.Commits {
		return all, nil
	}
	add := func(hashes map[string]string, err error) error {
		for _, hash := range hashes {
			all = append(all, hash)
		}
		return err
	}
	if q.Branches {
		if err := add(git.Branches(ctx)); err != nil {
			return nil, err
		}
	}
	if q.Tags {
		if err := add(git.Tags(ctx)); err != nil {
			return nil, err
		}
	}
	if q.Commits {
		commits, err := git.Commits(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, commits...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// seen is an out as far as it says which objects are meant.
type seen struct {
	remote string
	layout object.Layout
	id     object.ID
	sub    string
}

type gathering struct {
	c     *Config
	q     Request
	push  bool
	seen  map[seen]bool
	parts map[string]*part
}

func (g *gathering) revision(ctx context.Context, rev string) error {
	ix, err := g.c.Repo.Index(ctx, rev)
	if err != nil {
		return err
	}
	selected, err := g.c.Repo.Select(ix, g.q.Cwd, g.q.Targets, g.q.Flags)
	if err != nil {
		return err
	}
	for _, s := range selected {
		if g.takes(s.Out) && (len(g.q.Types) == 0 || ix.Is(s.Out, g.q.Types...)) {
			g.add(s)
		}
	}
	return nil
}

// takes says whether an out is meant at all.
func (g *gathering) takes(o *repository.Out) bool {
	switch {
	case !o.Known, o.NoCache, o.External:
		return false
	case g.push && (o.NoPush || o.Stage.Import() != nil):
		return false
	case g.q.Remote != "" && o.Remote != "" && !strings.EqualFold(o.Remote, g.q.Remote):
		return false
	}
	return g.q.MaxSize == nil || o.Size == nil || *o.Size <= *g.q.MaxSize
}

func (g *gathering) add(s repository.Selected) {
	name := strings.ToLower(cmp.Or(g.q.Remote, s.Out.Remote, g.c.Repo.Config().DefaultRemote()))
	key := seen{name, s.Out.Layout, s.Out.ID, s.Sub}
	if g.seen[key] {
		return
	}
	g.seen[key] = true
	at := name + "\x00" + string(rune('0'+s.Out.Layout))
	if g.parts[at] == nil {
		g.parts[at] = &part{remote: name, layout: s.Out.Layout}
	}
	g.parts[at].outs = append(g.parts[at].outs, s)
}

// IsNoRemote says whether an error is that no remote is set.
func IsNoRemote(err error) bool {
	return fault.Is(err, fault.Invalid) && strings.HasPrefix(fault.Sentence(err), noRemote)
}

const noRemote = "config file error: no remote specified in "

// NoRemote says that no remote is meant, in dvc's words.
func (c *Config) NoRemote() error {
	if len(c.Repo.Config().Remotes()) > 0 {
		return fault.New(fault.Invalid, noRemote+"%s. Setup default remote with\n    dvc remote default <remote name>\nor use:\n    dvc <command> -r <remote name>", c.Repo.Root)
	}
	return fault.New(fault.Invalid, noRemote+"%s. Create a default remote with\n    dvc remote add -d <remote name> <remote url>", c.Repo.Root)
}

// listings reads the listings of outs, out of the cache, or else out of the remote that
// side is, where that is not nil. Of one that is in neither, absent is told, and there is
// none.
func (c *Config) listings(ctx context.Context, p part, side *remote.Side, absent func(repository.Selected)) (map[object.ID]*listing.Listing, error) {
	all := map[object.ID]*listing.Listing{}
	for _, s := range p.outs {
		if !s.Out.ID.Dir || all[s.Out.ID] != nil {
			continue
		}
		l, err := c.Repo.Listing(ctx, p.layout, s.Out.ID)
		if fault.Is(err, fault.NotFound) && side != nil {
			l, err = c.fetchListing(ctx, p.layout, side, s.Out.ID)
		}
		if fault.Is(err, fault.NotFound) {
			absent(s)
			continue
		}
		if err != nil {
			return nil, err
		}
		all[s.Out.ID] = l
	}
	return all, nil
}
