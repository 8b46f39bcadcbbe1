package data

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// fsckCommand is a command that dvc has not.
type fsckCommand struct {
	Repair      bool   `help:"Mend what can be mended: from the remote, from the cache, from the working copy."`
	Remote      string `short:"r" placeholder:"<name>" help:"Remote storage to look at instead of the default one."`
	Local       bool   `help:"Look at the cache alone, and ask no remote."`
	Jobs        int    `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
	AllBranches bool   `short:"a" help:"Of all branches as well."`
	AllTags     bool   `short:"T" help:"Of all tags as well."`
	AllCommits  bool   `short:"A" help:"Of all commits as well."`
}

// Run looks whether all is there and as it should be: 0 where it is, or was mended.
func (c *fsckCommand) Run(s *session) error {
	var found []sharing.Finding
	looked := 0
	err := s.locked(func(d *sharing.Config) (err error) {
		found, looked, err = d.Inspect(s.ctx, sharing.Inspection{
			Request: sharing.Request{Cwd: d.Repo.Root, Remote: c.Remote, Jobs: c.Jobs, Branches: c.AllBranches, Tags: c.AllTags, Commits: c.AllCommits},
			Now:     time.Now(), Repair: c.Repair, Remotes: !c.Local,
		})
		return err
	})
	mended := 0
	for _, f := range found {
		s.say("%s", c.line(s, f))
		if f.Mended {
			mended++
		}
	}
	if err != nil {
		return caught("", err)
	}
	s.say("%s, %s, %s.", count(looked, "object was", "objects were")+" hashed", count(len(found), "thing is", "things are")+" not as they should be", count(mended, "was", "were")+" mended")
	if mended < len(found) {
		if !c.Repair && !s.Quiet {
			_, _ = fmt.Fprintln(s.Errs, "  hint: tacit data fsck --repair mends what can be mended")
		}
		return answer(1)
	}
	return nil
}

// count is a number with the word for it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// line tells of one finding.
func (c *fsckCommand) line(s *session, f sharing.Finding) string {
	place := f.Place
	if filepath.IsAbs(place) {
		if shown, err := filepath.Rel(s.cwd, place); err == nil && !strings.HasPrefix(shown, "..") {
			place = shown
		}
	}
	line := fmt.Sprintf("%-12s%s", string(f.Trouble)+":", place)
	switch {
	case f.Mended:
		line += " (mended)"
	case f.Err != nil:
		line += " (" + fault.Sentence(f.Err) + ")"
	}
	return line
}
