package sharing

import (
	"context"
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/folder"
)

// runs is where the cache and a remote keep what runs of stages left. What is there
// under a name is the same everywhere: it is a hash.
const runs = "runs/"

// PushRuns brings what runs left to the remote that is asked for, or the default one,
// and tells how many there were. A remote that lists nothing keeps none, as with dvc.
func (c *Config) PushRuns(ctx context.Context, q Request) (n int, err error) {
	defer fault.Wrap(&err, "sharing.PushRuns")
	return c.moveRuns(ctx, q, func(here, there files.Place) (files.Place, files.Place) { return here, there })
}

// FetchRuns brings them to the cache.
func (c *Config) FetchRuns(ctx context.Context, q Request) (n int, err error) {
	defer fault.Wrap(&err, "sharing.FetchRuns")
	return c.moveRuns(ctx, q, func(here, there files.Place) (files.Place, files.Place) { return there, here })
}

func (c *Config) moveRuns(ctx context.Context, q Request, direction func(here, there files.Place) (from, to files.Place)) (n int, err error) {
	name := q.Remote
	if name == "" {
		name = c.Repo.Config().DefaultRemote()
	}
	if name == "" {
		return 0, c.NoRemote()
	}
	here := folder.New(c.Repo.Cache(object.Legacy).Folder(), c.Repo.Environment().Chance)
	err = c.with(ctx, part{remote: name}, func(side *remote.Side) error {
		from, to := direction(here, side.Place())
		lacks, err := lacking(ctx, from, to)
		if fault.Is(err, fault.Unsupported) {
			c.Warn("The remote '" + name + "' keeps no history of runs: it cannot be listed.")
			return nil
		}
		for _, path := range lacks {
			if err == nil {
				err = bring(ctx, from, to, path)
			}
			n++
		}
		return err
	})
	return n, err
}

// lacking are the runs that one place has and another has not.
func lacking(ctx context.Context, from, to files.Place) (paths []string, err error) {
	there := map[string]bool{}
	err = to.List(ctx, runs, func(info files.Info) error {
		there[info.Path] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = from.List(ctx, runs, func(info files.Info) error {
		if !there[info.Path] && isRun(info.Path) {
			paths = append(paths, info.Path)
		}
		return nil
	})
	return paths, err
}

// isRun says whether a path is runs/ab/<64 digits>/<64 digits>.
func isRun(path string) bool {
	const digits = 64
	if len(path) != len(runs)+3+digits+1+digits {
		return false
	}
	for i, c := range path[len(runs):] {
		digit := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		if slash := i == 2 || i == 3+digits; slash != (c == '/') || !slash && !digit {
			return false
		}
	}
	return true
}

func bring(ctx context.Context, from, to files.Place, path string) error {
	r, info, err := from.Open(ctx, path, 0)
	if err != nil {
		return err
	}
	again := func() (io.ReadCloser, error) {
		r, _, err := from.Open(ctx, path, 0)
		return r, err
	}
	return errors.Join(to.Put(ctx, path, r, info.Size, again), r.Close())
}
