package data

import (
	"net/url"
	"os"
	"path"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// destination is where what comes from a path or a URL is put: the name that it has
// there, or a place that is named, or under its own name in a folder that is named.
func destination(from, out string, force bool) (string, error) {
	name := from
	if u, err := url.Parse(from); err == nil {
		name = u.Path
	}
	name = path.Base(path.Clean(name))
	switch info, err := os.Stat(out); {
	case out == "":
		out = name
	case err == nil && info.IsDir():
		out = filepath.Join(out, name)
	}
	info, err := os.Stat(out)
	if err != nil || force {
		return out, nil //nolint:nilerr // nothing is there
	}
	kind := "file"
	if info.IsDir() {
		kind = "directory"
	}
	return "", fault.New(fault.Exists, "The %s '%s' already exists locally. \nTo override it, re-run with '--force'.", kind, out)
}

type getCommand struct {
	URL     string `arg:"" help:"Location of DVC or Git repository to download from"`
	Path    string `arg:"" help:"Path to a file or directory within the repository"`
	Out     string `short:"o" placeholder:"<path>" help:"Destination path to download files to"`
	ShowURL bool   `help:"Print the storage location (URL) the target data would be downloaded from, and exit."`
	Jobs    int    `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
	Force   bool   `short:"f" help:"Override local file or folder if exists."`
	sourced
}

// Run downloads a file or a folder of a repository.
func (c *getCommand) Run(s *session) error {
	if c.ShowURL {
		return s.reading(c.URL, &c.sourced, func(source *imports.Source) error {
			at, err := source.Address(s.ctx, c.Path)
			if err == nil {
				_, err = s.Out.Write([]byte(at + "\n"))
			}
			return err
		})
	}
	about := "failed to get '" + c.Path + "' from '" + c.URL + "'"
	out, err := destination(c.Path, c.Out, c.Force)
	if err != nil {
		return caught(about, err)
	}
	if repository.IsStageFile(out) {
		return caught(about, fault.New(fault.Invalid, "the given path is a DVC file, you must specify a data file or a directory"))
	}
	err = s.reading(c.URL, &c.sourced, func(source *imports.Source) error { return source.Download(s.ctx, c.Path, out, c.Jobs) })
	if absent(err) {
		return err // dvc does not catch it
	}
	return caught(about, err)
}

// absent says whether a source has no such path.
func absent(err error) bool {
	return fault.Is(err, fault.NotFound) && len(fault.Sentence(err)) > 7 && fault.Sentence(err)[:7] == "[Errno "
}
