package data

import (
	"context"
	"errors"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type updateCommand struct {
	Targets    []string `arg:"" help:".dvc files to update."`
	Rev        string   `placeholder:"<commit>" help:"Git revision (e.g. SHA, branch, tag)"`
	Recursive  bool     `short:"R" help:"Update all stages in the specified directory."`
	NoDownload bool     `help:"Update .dvc file git revision/hash value(s) but do not download the file(s)."`
	ToRemote   bool     `help:"Update data directly on the remote"`
	Remote     string   `short:"r" placeholder:"<name>" help:"Remote storage to perform updates to"`
	Jobs       int      `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
}

// Run brings imports up to date with where they come from.
func (c *updateCommand) Run(s *session) (err error) {
	const about = "failed update data"
	w, err := s.working()
	if err != nil {
		return err
	}
	switch {
	case c.ToRemote && c.NoDownload:
		return caught(about, fault.New(fault.Invalid, "--to-remote can't be used with --no-download"))
	case !c.ToRemote && c.Remote != "":
		return caught(about, fault.New(fault.Invalid, "--remote can't be used without --to-remote"))
	}
	stages, err := c.stages(s, w.Repo)
	if err != nil {
		return caught(about, err)
	}
	from := s.origins(w.Repo)
	defer func() { err = errors.Join(err, from.Close()) }()
	for _, stage := range stages {
		if !stage.IsImport() {
			continue
		}
		if err := c.update(s, w, from, stage); err != nil {
			return caught(about, err)
		}
	}
	return caught(about, c.others(s, w.Repo, stages))
}

// stages are those that the targets name.
func (c *updateCommand) stages(s *session, r *repository.Repository) (all []*repository.Stage, err error) {
	ix, err := r.Index(s.ctx, "")
	if err != nil {
		return nil, err
	}
	selected, err := r.Select(ix, s.cwd, c.Targets, repository.Flags{Recursive: c.Recursive})
	seen := map[*repository.Stage]bool{}
	for _, x := range selected {
		if !seen[x.Out.Stage] {
			seen[x.Out.Stage] = true
			all = append(all, x.Out.Stage)
		}
	}
	return all, err
}

// others tells of what is no import: dvc updates it from a remote whose files lie under
// names of their own.
func (c *updateCommand) others(s *session, r *repository.Repository, stages []*repository.Stage) error {
	for _, stage := range stages {
		if stage.IsImport() {
			continue
		}
		for _, flag := range []struct {
			name string
			set  bool
		}{{"--rev", c.Rev != ""}, {"--no-download", c.NoDownload}, {"--to-remote", c.ToRemote}} {
			if flag.set {
				return fault.New(fault.Invalid, "%s can't be used with worktree update", flag.name)
			}
		}
		for _, o := range stage.Outs {
			s.warn("Could not update '" + r.Shown(s.cwd, o.Path) + "', it was never pushed to a remote")
		}
	}
	return nil
}

// update brings one import up to date.
func (c *updateCommand) update(s *session, w workingcopy.Config, from *origins, stage *repository.Stage) error {
	was := stage.Spec.Deps[0]
	u := workingcopy.Update{File: stage.File, Dep: was, From: shownDep(w.Repo, s.cwd, w.Repo.Path(stage.Wdir()), was)}
	switch {
	case was.DB != nil:
		return fault.WithHint(fault.New(fault.Unsupported, "'%s' is imported from a database, which tacit does not read.", stage.File), "update it with dvc")
	case was.Repo != nil && c.ToRemote:
		return fault.New(fault.Invalid, "Data imported from other DVC or Git repositories can't be updated with --to-remote")
	case was.Repo != nil:
		return c.updateRepo(s, w, from, u)
	}
	return c.updateURL(s, w, stage, u)
}

// updateRepo brings an import of another repository to its newest commit, or to one that
// is asked for.
func (c *updateCommand) updateRepo(s *session, w workingcopy.Config, from *origins, u workingcopy.Update) error {
	repo := *u.Dep.Repo
	if c.Rev != "" {
		repo.Rev = c.Rev
	}
	options, err := imports.Recorded(&dvcfile.Repo{URL: repo.URL, Rev: repo.Rev, Config: repo.Config, Remote: repo.Remote})
	if err != nil {
		return err
	}
	options.Committed = true
	source, err := from.at(s.ctx, repo.URL, options)
	if err != nil {
		return err
	}
	if source.Commit == "" {
		return fault.New(fault.Invalid, "'%s' has no commit of git that the data could be traced to.", repo.URL)
	}
	repo.RevLock = source.Commit
	u.Dep.Repo = &repo
	if !c.NoDownload {
		u.Bring = func(ctx context.Context, to string) error { return source.Download(ctx, u.Dep.Path, to, c.Jobs) }
	}
	return w.Update(s.ctx, u)
}

// updateURL brings an import of a URL to what is there now.
func (c *updateCommand) updateURL(s *session, w workingcopy.Config, stage *repository.Stage, u workingcopy.Update) (err error) {
	if u.Dep.Files != nil {
		return fault.WithHint(fault.New(fault.Unsupported, "'%s' is a folder that is imported with the versions of a bucket, which tacit does not read.", stage.File), "update it with dvc")
	}
	at, err := s.locate(u.Dep.Path, w.Repo.Path(stage.Wdir()), dvcconfig.Over{Options: u.Dep.FSConfig, Tracked: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	found, err := at.Look(s.ctx)
	if fault.Is(err, fault.NotFound) {
		s.say("Importing '%s' -> '%s'", u.From, w.Repo.Shown(s.cwd, stage.Outs[0].Path))
		return fault.Because(err, fault.NotFound, "dependency '%s' does not exist", u.From)
	}
	if err != nil {
		return err
	}
	data, err := found.Data(s.ctx, c.Jobs)
	if err != nil {
		return err
	}
	if u.Differs = !sameHash(data, u.Dep.Data); u.Dep.VersionID != "" {
		data.VersionID = found.Version()
	}
	u.Dep.Data, u.Dep.Hash = data, "md5"
	switch {
	case c.ToRemote:
		if u.Sent, err = s.send(found, c.Remote, c.Jobs); err != nil {
			return err
		}
	case !c.NoDownload:
		u.Bring = func(ctx context.Context, to string) error { return found.Download(ctx, to, c.Jobs) }
	}
	return w.Update(s.ctx, u)
}

// sameHash says whether two deps have the same bytes, as far as their hashes tell.
func sameHash(a, b dvcfile.Data) bool {
	return a.MD5 == b.MD5 && a.ETag == b.ETag && a.Checksum == b.Checksum
}
