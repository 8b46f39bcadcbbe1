package sharing

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
)

// astray is a folder that dvc takes for a remote with a relative address: to push older
// commits it reads settings out of git, where the working copy is the root of all, and so
// `push -A` writes to /.dvc/ADDRESS (seen of 3.67.1). Nil where that is the remote itself,
// or nothing is there.
type astray struct{ at *cache.Cache }

// astray gives the folder of a remote.
func (c *Config) astray(side *remote.Side) *astray {
	if side == nil {
		return nil
	}
	folder, ok := side.Folder()
	if !ok {
		return nil
	}
	below := ""
	if git, ok := revision.Find(c.Repo.Root); ok {
		below, _ = filepath.Rel(git.Root(), c.Repo.Root) //nolint:errcheck // one lies in the other
	}
	address, err := filepath.Rel(c.Repo.In(), folder)
	if err != nil { // on another volume: it is not relative
		return nil
	}
	root := c.FileRoot
	if root == "" {
		root = string(os.PathSeparator)
	}
	// Above the root is the root.
	wrong := filepath.Join(root, filepath.Join(string(os.PathSeparator), below, repository.Folder, address))
	if info, err := os.Stat(wrong); err != nil || !info.IsDir() || wrong == folder {
		return nil
	}
	return &astray{cache.New(wrong, object.Current, c.Repo.Environment().Chance)}
}

func (a *astray) has(id object.ID) bool {
	if a == nil {
		return false
	}
	info, err := os.Lstat(a.at.Path(id))
	return err == nil && info.Mode().IsRegular()
}

// finding tells of an object there, which is brought to the cache where that is to be
// mended. It stays where it is: others may have theirs there.
func (a *astray) finding(ctx context.Context, id object.ID, name string, to *cache.Cache, how Inspection) Finding {
	f := Finding{Trouble: Astray, Place: name}
	if !how.Repair {
		return f
	}
	file, err := os.Open(a.at.Path(id))
	if err == nil {
		var info os.FileInfo
		if info, err = file.Stat(); err == nil {
			err = to.Store(ctx, id, file, info.Size())
		}
		err = errors.Join(err, file.Close())
	}
	f.Err, f.Mended = err, err == nil
	return f
}

// listings are those of a part that are there, and in neither the cache nor the remote.
func (a *astray) listings(ctx context.Context, p part, side *remote.Side, to *cache.Cache, how Inspection) (map[object.ID]bool, []Finding, error) {
	told, all := map[object.ID]bool{}, []Finding(nil)
	for _, s := range p.outs {
		id := s.Out.ID
		if !id.Dir || told[id] || !a.has(id) {
			continue
		}
		here, err := to.Missing(ctx, []object.ID{id})
		if err != nil {
			return told, all, err
		}
		if len(here) == 0 {
			continue
		}
		there, err := side.Missing(ctx, here)
		if err != nil {
			return told, all, err
		}
		if len(there) > 0 {
			told[id], all = true, append(all, a.finding(ctx, id, s.Out.Path, to, how))
		}
	}
	return told, all, nil
}
