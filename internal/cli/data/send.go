package data

import (
	"errors"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// send brings what was found at a URL to a remote, "" for the default one, without
// keeping it here, and gives the version that is there then.
func (s *session) send(found *imports.Found, name string, jobs int) (_ *dvcfile.Data, err error) {
	d, err := s.sharing()
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = d.Repo.Config().DefaultRemote()
	}
	if name == "" {
		return nil, d.NoRemote()
	}
	r, err := d.Open(s.ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	all, err := found.Objects(s.ctx, jobs)
	if err != nil {
		return nil, err
	}
	side := r.Side(object.Current)
	done, err := transfer.Transfer(s.ctx, all, side, []transfer.Version{all.Version}, side.Jobs(jobs))
	if err != nil {
		return nil, err
	}
	if !done.Complete() {
		return nil, fault.Because(done.Failed[0].Err, fault.KindOf(done.Failed[0].Err), "%d files failed to upload: %s", len(done.Failed), fault.Sentence(done.Failed[0].Err))
	}
	return &all.Data, side.Sync()
}

// toRemote adds data of elsewhere that go to a remote, and are not kept here.
func (c *addCommand) toRemote(s *session, w workingcopy.Config) (touched []string, err error) {
	target := c.Targets[0]
	out, err := destination(target, c.Out, true)
	if err != nil {
		return nil, err
	}
	// What lies in the repository stays where it is, and its stage is beside it.
	if p := w.Repo.From(s.cwd, target); c.Out == "" && dvcconfig.Scheme(target) == "" && p != ".." && !strings.HasPrefix(p, "../") {
		out = target
	}
	if err := w.HasFolder(out); err != nil {
		return nil, err
	}
	err = s.looking(target, nil, func(found *imports.Found) error {
		sent, err := s.send(found, c.Remote, c.RemoteJobs)
		if err != nil {
			return err
		}
		touched, err = w.Import(s.ctx, workingcopy.Import{To: out, Sent: sent, Force: true})
		return err
	})
	if fault.Is(err, fault.NotFound) && dvcconfig.Scheme(target) == "" {
		err = fault.Because(err, fault.NotFound, "[Errno 2] No such file or directory: '%s'", s.cwd+"/"+target)
	}
	return touched, err
}
