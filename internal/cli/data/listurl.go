package data

import (
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type listURLCommand struct {
	URL       string `arg:"" help:"See import-url --help for the URLs that there are."`
	Recursive bool   `short:"R" help:"Recursively list files."`
	Tree      bool   `short:"T" help:"Recurse into directories as a tree."`
	Level     *int   `short:"L" placeholder:"depth" help:"Limit the depth of recursion."`
	Size      bool   `help:"Show sizes."`
	located
}

// Run lists what is at a URL.
func (c *listURLCommand) Run(s *session) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	where := ""
	if at, err := s.locate(c.URL, s.cwd, dvcconfig.Over{Options: options}); err == nil {
		where = at.Here()
	}
	err = s.looking(c.URL, options, func(found *imports.Found) error {
		tree := folders(found)
		typed := found.Name()
		l := &lister{s: s, walked: true, show: columns{size: c.Size}, children: func(e *imports.Entry) ([]*imports.Entry, error) { return tree[e.Path], nil }}
		top := &imports.Entry{Dir: found.Dir, Size: found.Size}
		if found.Dir {
			top.Size = found.FolderSize("")
		}
		if !c.Tree && (!found.Dir || c.Level != nil && *c.Level == 0) { // dvc shows no size then
			l.rows = []row{{typed, &imports.Entry{Dir: true}}}
			l.print(false)
			return nil
		}
		return l.list(top, typed, c.Recursive, c.Tree, false, c.Level)
	})
	if fault.Is(err, fault.NotFound) && where != "" && !isFailure(err) {
		err = fault.Because(err, fault.NotFound, "%s: [Errno 2] No such file or directory: '%s'", fault.Sentence(err), where)
	}
	return err
}

// folders are the entries of each folder of what was found, sorted.
func folders(found *imports.Found) map[string][]*imports.Entry {
	all := map[string][]*imports.Entry{}
	seen := map[string]bool{}
	for _, f := range found.Files {
		all[above(f.Path)] = append(all[above(f.Path)], &imports.Entry{Path: f.Path, Size: f.Size})
		for folder := above(f.Path); folder != "" && !seen[folder]; folder = above(folder) {
			seen[folder] = true
			all[above(folder)] = append(all[above(folder)], &imports.Entry{Path: folder, Dir: true, Size: found.FolderSize(folder)})
		}
	}
	for _, entries := range all {
		slices.SortFunc(entries, func(a, b *imports.Entry) int { return strings.Compare(a.Path, b.Path) })
	}
	return all
}

func above(p string) string {
	if folder := path.Dir(p); folder != "." {
		return folder
	}
	return ""
}
