package data

import (
	"fmt"

	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
)

// cloud compares the cache with a remote.
func (c *statusCommand) cloud(s *session) error {
	var all []sharing.Difference
	err := s.locked(func(d *sharing.Config) (err error) {
		all, err = d.Status(s.ctx, sharing.Request{
			Cwd: s.cwd, Targets: c.Targets, Flags: repository.Flags{Recursive: c.Recursive, WithDeps: c.WithDeps}, Remote: c.Remote, Jobs: c.Jobs,
			Branches: c.AllBranches, Tags: c.AllTags, Commits: c.AllCommits,
		})
		if err != nil {
			err = s.offer(d, err)
		}
		return err
	})
	if err != nil {
		return caught("", err)
	}
	switch {
	case c.JSON:
		said := document{}
		for _, d := range all {
			said.set(d.Name, string(d.State))
		}
		s.print(said)
	case s.Quiet && len(all) > 0:
		return answer(1)
	case len(all) > 0:
		indent := ""
		if c.Cloud {
			indent = "\t"
		}
		for _, d := range all {
			s.say("%s%-20s%s", indent, d.State+":", d.Name)
		}
	default:
		return c.inSync(s)
	}
	return nil
}

// inSync tells that nothing differs.
func (c *statusCommand) inSync(s *session) error {
	r, err := s.open()
	if err != nil {
		return err
	}
	ix, err := r.Index(s.ctx, "")
	if err != nil {
		return err
	}
	if len(ix.Stages) == 0 {
		s.say("There are no data or pipelines tracked in this project yet.\nSee <https://dvc.org/doc/start> to get started!")
		return nil
	}
	name := c.Remote
	if name == "" {
		name = r.Config().DefaultRemote()
	}
	s.say("%s", fmt.Sprintf("Cache and remote '%s' are in sync.", name))
	return nil
}
