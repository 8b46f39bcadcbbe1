package workingcopy

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/gitignore"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// version is what an out is to be.
type version struct {
	id     object.ID
	size   *int64
	nfiles *int64 // of a folder
	exec   bool
}

// versionOf is what lies at a place.
func versionOf(c *snapshot.Content) version {
	v := version{id: c.ID, size: &c.Size, exec: c.Exec && c.Kind == snapshot.File}
	if c.Kind == snapshot.Folder {
		n := int64(c.Listing.Len())
		v.nfiles = &n
	}
	return v
}

// set makes an out of a file say a version, in the layout of DVC 3.
func (v version) set(o *dvcfile.Out) {
	o.Data = dvcfile.Data{MD5: v.id.String(), Size: v.size, NFiles: v.nfiles, IsExec: v.exec}
	o.Hash, o.Files = "md5", nil
}

// write writes the file of a stage, where it says something new. The objects that it
// names are durable already. It is named to git in either case, as dvc does.
func (w *change) write(s *repository.Stage) error {
	text, err := s.Spec.Encode()
	if err != nil {
		return err
	}
	w.touched[s.File] = true
	return replace(w.Repo.Path(s.File), text)
}

// replace gives a file a content, at once and durably; one that has it is left alone.
func replace(file string, content []byte) error {
	mode := fs.FileMode(0o666)
	if info, err := os.Stat(file); err == nil {
		if was, err := os.ReadFile(file); err == nil && bytes.Equal(was, content) { //nolint:gosec // a file of the repository
			return nil
		}
		mode = info.Mode().Perm()
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	temporary := link.Beside(file, beside)
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode) //nolint:gosec // beside a file of the repository
	if err != nil {
		return unwritable(file, err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temporary, file)
	}
	if err != nil {
		_ = os.Remove(temporary)
		return unwritable(file, err)
	}
	return nil
}

func unwritable(file string, err error) error {
	return fault.WithHint(fault.Because(err, fault.Unavailable, "'%s' cannot be written.", file), "make room, or see who may write there; nothing was changed in it")
}

// ignore has git ignore some data, in the .gitignore beside each.
func (w *change) ignore(ctx context.Context, p string) error {
	if !w.git {
		return nil
	}
	ignored, err := w.Repo.GitIgnores(ctx, p, false)
	if err != nil || ignored {
		return err
	}
	file := path.Join(path.Dir(p), ".gitignore")
	text, err := readThere(w.Repo.Path(file))
	if err != nil {
		return err
	}
	w.touched[file] = true
	w.ignored = append(w.ignored, p)
	return replace(w.Repo.Path(file), gitignore.Add(text, path.Base(p)))
}

// unignore takes data out of the .gitignore beside them.
func (w *change) unignore(p string) error {
	if !w.git {
		return nil
	}
	file := path.Join(path.Dir(p), ".gitignore")
	text, err := readThere(w.Repo.Path(file))
	if err != nil || text == nil {
		return err
	}
	left := gitignore.Remove(text, path.Base(p))
	if left == nil {
		w.touched[file] = false // dvc tells git of no .gitignore that went
		return os.Remove(w.Repo.Path(file))
	}
	w.touched[file] = true
	return replace(w.Repo.Path(file), left)
}

// undo takes back what was put into .gitignore files by a change that failed.
func (w *change) undo() error {
	var all error
	for _, p := range w.ignored {
		all = errors.Join(all, w.unignore(p))
	}
	return all
}

// readThere reads a file, nil where it is not there.
func readThere(file string) ([]byte, error) {
	content, err := os.ReadFile(file) //nolint:gosec // a file of the repository
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// untracked refuses data that git tracks, in dvc's words.
func (w *change) untracked(ctx context.Context, places ...string) error {
	if !w.git || len(places) == 0 {
		return nil
	}
	full := make([]string, len(places))
	for i, p := range places {
		full[i] = w.Repo.Path(p)
	}
	tracked, err := w.Repo.Git().Tracked(ctx, full...)
	if err != nil || len(tracked) == 0 {
		return err
	}
	at := w.Repo.From(w.Repo.Git().Root(), tracked[0])
	for _, p := range places {
		if repository.Within(at, p) {
			shown := w.shown(p)
			return fault.New(fault.Conflict, " output '%s' is already tracked by SCM (e.g. Git).\n    You can remove it from Git, then add to DVC.\n        To stop tracking from Git:\n"+
				"            git rm -r --cached '%s'\n            git commit -m \"stop tracking %s\" ", shown, shown, shown)
		}
	}
	return nil
}
