package data

import (
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// registerCommand is tacit's own.
type registerCommand struct {
	Targets []string `arg:"" name:"path" help:"Tracked files or directories, .dvc files and stage names."`
	Remote  string   `short:"r" placeholder:"<name>" help:"Remote that has their data and that tacit keeps, unless the default one."`
	JSON    bool     `help:"Write what was registered as JSON."`
}

// Run tells the server where the repository has what is in the remote.
func (c *registerCommand) Run(s *session) error {
	const about = "failed to register data"
	var all []sharing.Registered
	err := s.locked(func(d *sharing.Config) (err error) {
		all, err = d.Register(s.ctx, sharing.Request{Cwd: s.cwd, Targets: c.Targets, Flags: repository.Flags{}, Remote: c.Remote}, false)
		if err != nil {
			return s.offer(d, err)
		}
		return nil
	})
	if err != nil {
		return caught(about, err)
	}
	if len(all) == 0 {
		return caught(about, fault.WithHint(fault.New(fault.NotFound, "what is named has no whole file or directory that is pushed"), "name the tracked path itself, and not a part of it"))
	}
	if c.JSON {
		list := make([]any, len(all))
		for i, r := range all {
			list[i] = document{{"remote", r.Remote}, {"path", r.Path}, {"md5", r.MD5}, {"commit", orNull(r.Commit)}, {"repository", orNull(r.Repository)}}
		}
		s.print(list)
		return nil
	}
	for _, r := range all {
		at := "not committed yet"
		if r.Commit != "" {
			at = "at commit " + r.Commit[:7]
		}
		s.say("%s  %s in %s, %s", r.Path, r.MD5, r.Remote, at)
	}
	if len(all) == 1 {
		s.say("1 version registered.")
	} else {
		s.say("%d versions registered.", len(all))
	}
	return nil
}

// orNull is a text as JSON has it, null where there is none.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// registerPushed tells the remotes that tacit keeps where the repository has what was
// pushed. That it fails is a warning: the data are there.
func (s *session) registerPushed(d *sharing.Config, q sharing.Request) {
	if _, err := d.Register(s.ctx, q, true); err != nil && s.ctx.Err() == nil {
		s.warn("the data are pushed, and their paths could not be registered: " + fault.Sentence(err))
	}
}
