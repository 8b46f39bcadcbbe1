package data

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type statusCommand struct {
	Targets     []string `arg:"" optional:"" help:"Limit command scope to these tracked files/directories, .dvc files and stage names."`
	Jobs        int      `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
	Cloud       bool     `short:"c" help:"Show status of a local cache compared to a remote repository."`
	Remote      string   `short:"r" placeholder:"<name>" help:"Remote storage to compare local cache to"`
	AllBranches bool     `short:"a" help:"Show status of a local cache compared to a remote repository for all branches."`
	AllTags     bool     `short:"T" help:"Show status of a local cache compared to a remote repository for all tags."`
	AllCommits  bool     `short:"A" help:"Show status of a local cache compared to a remote repository for all commits."`
	WithDeps    bool     `short:"d" help:"Show status for all dependencies of the specified target."`
	Recursive   bool     `short:"R" help:"Show status of all stages in the specified directory."`
	JSON        bool     `help:"Show status in JSON format."`
	NoUpdates   bool     `help:"Ignore updates to imported data."`
}

// Run compares the working copy with its files, or the cache with a remote.
func (c *statusCommand) Run(s *session) error {
	if c.Cloud || c.Remote != "" {
		return c.cloud(s)
	}
	var useless []string
	for _, f := range []struct {
		name string
		set  bool
	}{{"--all-branches", c.AllBranches}, {"--all-tags", c.AllTags}, {"--all-commits", c.AllCommits}, {"--jobs", c.Jobs != 0}} {
		if f.set {
			useless = append(useless, f.name)
		}
	}
	if len(useless) > 0 {
		return caught("", fault.New(fault.Invalid, "The following options are meaningless for local status: %s", strings.Join(useless, ", ")))
	}
	return c.local(s)
}
