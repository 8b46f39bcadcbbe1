package data

import (
	"context"
	"errors"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type importCommand struct {
	URL        string `arg:"" help:"Location of DVC or Git repository to download from"`
	Path       string `arg:"" help:"Path to a file or directory within the repository"`
	Out        string `short:"o" placeholder:"<path>" help:"Destination path to download files to"`
	Force      bool   `short:"f" help:"Override destination file or folder if exists."`
	NoExec     bool   `xor:"download" help:"Only create .dvc file without actually importing target data."`
	NoDownload bool   `xor:"download" help:"Create .dvc file including target data hash value(s) but do not actually download the file(s)."`
	Jobs       int    `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
	sourced
}

// Run imports a file or a folder of another repository, at a commit of it.
func (c *importCommand) Run(s *session) error {
	about := "failed to import '" + c.Path + "' from '" + c.URL + "'."
	w, err := s.working()
	if err != nil {
		return err
	}
	out, err := destination(c.Path, c.Out, c.Force)
	if err == nil {
		err = w.HasFolder(out)
	}
	if err != nil {
		return caught(about, err)
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	if c.Config != "" && len(o.RemoteConfig) > 0 && c.Remote != "" {
		return &failure{255, "unexpected error - ", fault.New(fault.Invalid, "Can't specify config path together with both remote and remote_config")}
	}
	repo, err := c.repo(o)
	if err != nil {
		return caught(about, err)
	}
	touched, err := c.bring(s, w, out, repo, o)
	if absent(err) {
		return err // dvc does not catch it
	}
	if err != nil {
		return caught(about, err)
	}
	s.track(touched)
	return nil
}

// repo is what the file says of the repository.
func (c *importCommand) repo(o imports.Options) (*dvcfile.Repo, error) {
	repo := &dvcfile.Repo{URL: c.URL, Rev: c.Rev}
	if c.Config != "" {
		repo.Config = c.Config
	}
	options := pyjson.Map{}
	for _, set := range o.RemoteConfig {
		options.Set(set.Key, set.Value)
	}
	switch {
	case c.Remote != "" && len(options) > 0:
		return nil, fault.WithHint(fault.New(fault.Unsupported, "--remote and --remote-config are not written into one file yet."), "put both into a file, and name it with --config")
	case c.Remote != "":
		repo.Remote = c.Remote
	case len(options) > 0:
		repo.Remote = options
	}
	return repo, nil
}

// bring opens the repository at its commit where that is to be looked at.
func (c *importCommand) bring(s *session, w workingcopy.Config, out string, repo *dvcfile.Repo, o imports.Options) (touched []string, err error) {
	i := workingcopy.Import{To: out, Dep: dvcfile.Dep{Entry: dvcfile.Entry{Path: c.Path}, Repo: repo}, Force: c.Force}
	if c.NoExec {
		return w.Import(s.ctx, i)
	}
	o.Committed = true
	source, err := imports.Open(s.ctx, c.URL, o, s.around(w.Repo))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if source.Commit == "" {
		return nil, fault.New(fault.Invalid, "'%s' has no commit of git that the data could be traced to.", c.URL)
	}
	repo.RevLock, i.Known = source.Commit, true
	s.say("Importing '%s (%s)' -> '%s'", c.Path, c.URL, out)
	if _, err := source.Entry(s.ctx, c.Path); err != nil {
		return nil, err
	}
	if !c.NoDownload {
		i.Bring = func(ctx context.Context, to string) error { return source.Download(ctx, c.Path, to, c.Jobs) }
	}
	return w.Import(s.ctx, i)
}
