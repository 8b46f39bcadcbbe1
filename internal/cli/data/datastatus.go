package data

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/comparison"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
)

// summary tells how many files are in which state.
func (s *session) summary(words []string, numbers []int) {
	var all []string
	for i, n := range numbers {
		if n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, words[i]))
		}
	}
	if len(all) > 0 {
		s.say("files summary: %s", strings.Join(all, ", "))
	}
}

type dataStatusCommand struct {
	Targets         []string `arg:"" optional:"" help:"Limit command scope to these tracked files/directories."`
	JSON            bool     `help:"Show output in JSON format."`
	Granular        bool     `help:"Show granular file-level info for DVC-tracked directories."`
	Unchanged       bool     `help:"Show unmodified DVC-tracked files."`
	UntrackedFiles  string   `enum:"no,all" default:"no" help:"Show untracked files."`
	Remote          string   `short:"r" placeholder:"<name>" help:"Remote storage to check (only applicable with --not-in-remote)."`
	NotInRemote     bool     `help:"Show files not in remote."`
	NoRemoteRefresh bool     `help:"Use cached remote index (don't check remote)."`
}

// section is one part of the answer.
type section struct {
	key, label string
	hints      []string
	groups     []member // of changes: a word and the paths
	paths      []string // of all others
}

// Run compares HEAD, the files of stages and the working copy.
func (c *dataStatusCommand) Run(s *session) error {
	r, err := s.open()
	if err != nil {
		return err
	}
	d, err := comparison.Data(s.ctx, r, s.cwd, c.Targets, comparison.DataAsked{Granular: c.Granular, Untracked: c.UntrackedFiles == "all", Unchanged: c.Unchanged})
	if err != nil {
		return err
	}
	var missing []string
	if c.NotInRemote {
		if missing, err = s.notInRemote(c); err != nil {
			return err
		}
	}
	all := c.sections(d, missing)
	if c.JSON {
		o := document{}
		for _, x := range all {
			if x.groups == nil {
				o.set(x.key, x.paths)
				continue
			}
			o.set(x.key, document(x.groups))
		}
		s.print(o)
		return nil
	}
	c.show(s, d, all)
	return nil
}

// notInRemote are the paths of what is not in its remote.
func (s *session) notInRemote(c *dataStatusCommand) (all []string, err error) {
	d, err := s.sharing()
	if err != nil {
		return nil, err
	}
	if c.Remote != "" {
		if _, err := d.Repo.Config().Remote(c.Remote); err != nil {
			return nil, &failure{251, "configuration error - ", err}
		}
	}
	unsent, err := d.Unsent(s.ctx, sharing.Request{Cwd: s.cwd, Remote: c.Remote}, c.Granular, !c.NoRemoteRefresh)
	for _, p := range unsent {
		within := func(t string) bool { return repository.Within(strings.TrimSuffix(p, "/"), d.Repo.From(s.cwd, t)) }
		if len(c.Targets) == 0 || slices.ContainsFunc(c.Targets, within) {
			all = append(all, p)
		}
	}
	return all, err
}

// sections are the parts of which there is something to tell, in dvc's order.
func (c *dataStatusCommand) sections(d *comparison.DataStatus, notInRemote []string) (all []section) {
	var notInCache []string
	for _, e := range d.NotInCache {
		notInCache = append(notInCache, e.Shown())
	}
	parts := []section{
		{key: "not_in_cache", label: "Not in cache", hints: []string{`use "dvc fetch <file>..." to download files`}, paths: notInCache},
		{key: "not_in_remote", label: "Not in remote", hints: []string{`use "dvc push <file>..." to upload files`}, paths: notInRemote},
		{key: "committed", label: "DVC committed changes", hints: []string{"git commit the corresponding dvc files to update the repo"}, groups: changeGroups(d.Committed)},
		{key: "uncommitted", label: "DVC uncommitted changes", hints: []string{`use "dvc commit <file>..." to track changes`, `use "dvc checkout <file>..." to discard changes`}, groups: changeGroups(d.Uncommitted)},
	}
	if c.UntrackedFiles == "all" {
		parts = append(parts, section{key: "untracked", label: "Untracked files", hints: []string{`use "git add <file> ..." or "dvc add <file>..." to commit to git or to dvc`}, paths: d.Untracked})
	}
	if c.Unchanged {
		parts = append(parts, section{key: "unchanged", label: "DVC unchanged files", paths: d.Unchanged})
	}
	for _, p := range parts {
		if len(p.paths)+len(p.groups) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// changeGroups sorts changes by dvc's words.
func changeGroups(changes []comparison.Change) (all []member) {
	for _, kind := range []struct {
		kind comparison.Kind
		word string
	}{{comparison.Modified, "modified"}, {comparison.Unknown, "unknown"}, {comparison.Renamed, "renamed"}, {comparison.Added, "added"}, {comparison.Deleted, "deleted"}} {
		var list []any
		for _, x := range changes {
			switch {
			case x.Kind != kind.kind:
			case x.Kind == comparison.Renamed:
				list = append(list, document{{"old", x.Old.Shown()}, {"new", x.New.Shown()}})
			default:
				list = append(list, x.Shown())
			}
		}
		if list != nil {
			all = append(all, member{kind.word, list})
		}
	}
	return all
}

func (c *dataStatusCommand) show(s *session, d *comparison.DataStatus, all []section) {
	if len(all) == 0 {
		where := ""
		if d.Git != nil && d.Empty {
			where = " in an empty git repo"
		}
		s.say("No changes%s.", where)
	}
	for i, x := range all {
		if i > 0 {
			s.say("")
		}
		s.say("%s:", x.label)
		for _, h := range x.hints {
			s.say("  (%s)", h)
		}
		for _, p := range x.paths {
			s.say("        %s", p)
		}
		for _, g := range x.groups {
			list, _ := g.value.([]any)
			for _, v := range list {
				if o, renamed := v.(document); renamed {
					v = fmt.Sprintf("%s -> %s", o[0].value, o[1].value)
				}
				s.say("        %s: %s", g.key, v)
			}
		}
	}
	if d.Git != nil && len(d.Git.Staged)+len(d.Git.Unstaged)+len(d.Git.Untracked) > 0 {
		other := ""
		if len(all) > 0 {
			other = "other "
		}
		s.say("(there are %schanges not tracked by dvc, use \"git status\" to see)", other)
	}
}
