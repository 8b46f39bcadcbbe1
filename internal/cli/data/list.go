package data

import (
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type listCommand struct {
	URL       string `arg:"" help:"Location of DVC repository to list"`
	Path      string `arg:"" optional:"" help:"Path to directory within the repository to list outputs for"`
	Recursive bool   `short:"R" help:"Recursively list files."`
	Tree      bool   `short:"T" help:"Recurse into directories as a tree."`
	Level     *int   `short:"L" placeholder:"depth" help:"Limit the depth of recursion."`
	DvcOnly   bool   `help:"Show only DVC outputs."`
	JSON      bool   `help:"Show output in JSON format."`
	Size      bool   `help:"Show sizes."`
	ShowHash  bool   `help:"Display hash value for each item."`
	sourced
}

// Run lists what a repository has.
func (c *listCommand) Run(s *session) error {
	if c.Tree && c.JSON {
		return &failure{255, "", fault.New(fault.Invalid, "Cannot use --tree and --json options together.")}
	}
	err := s.reading(c.URL, &c.sourced, func(source *imports.Source) error {
		top, err := source.Entry(s.ctx, c.Path)
		if err != nil {
			return err
		}
		l := &lister{s: s, show: c.shows(), children: func(e *imports.Entry) ([]*imports.Entry, error) {
			all, err := source.Entries(s.ctx, e)
			if c.DvcOnly { // nothing of what lies there counts
				for _, e := range all {
					e.Size, e.Exec = e.Said, false
				}
				all = slices.DeleteFunc(all, func(e *imports.Entry) bool { return !e.Tracked })
			}
			return all, err
		}}
		return l.list(top, c.Path, c.Recursive, c.Tree, c.JSON, c.Level)
	})
	if absent(err) {
		return caught("", err)
	}
	return caught("failed to list '"+c.URL+"'", err)
}

func (c *listCommand) shows() columns { return columns{size: c.Size, hash: c.ShowHash} }

// columns say what stands before a name.
type columns struct{ size, hash bool }

// lister prints entries as dvc does.
type lister struct {
	s        *session
	show     columns
	walked   bool // in the order of a walk: the files of a folder before its folders
	children func(*imports.Entry) ([]*imports.Entry, error)
	rows     []row
}

// row is an entry under the name that it is printed by.
type row struct {
	name string
	*imports.Entry
}

func (l *lister) list(top *imports.Entry, typed string, recursive, tree, asJSON bool, level *int) error {
	most := -1
	if level != nil && (recursive || tree) {
		most = *level
	}
	if tree {
		name := strings.TrimSuffix(typed, "/")
		if name == "" {
			name = "."
		}
		l.rows = append(l.rows, row{name, top})
		if err := l.branch(top, "", most); err != nil {
			return err
		}
		l.print(true)
		return nil
	}
	switch {
	case most == 0 || !top.Dir:
		name := path.Base(typed)
		if typed == "" {
			name = "."
		}
		l.rows = append(l.rows, row{name, top})
	default:
		if err := l.flat(top, "", recursive, most); err != nil {
			return err
		}
	}
	if !l.walked {
		slices.SortFunc(l.rows, func(a, b row) int { return strings.Compare(a.name, b.name) })
	}
	if asJSON {
		l.s.print(l.json())
		return nil
	}
	if len(l.rows) > 0 {
		l.print(false)
	}
	return nil
}

// flat adds what lies in a folder; most is how deep it goes yet, or -1.
func (l *lister) flat(folder *imports.Entry, before string, recursive bool, most int) error {
	all, err := l.children(folder)
	if err != nil {
		return err
	}
	if l.walked {
		slices.SortStableFunc(all, func(a, b *imports.Entry) int { return rank(a) - rank(b) })
	}
	for _, e := range all {
		name := path.Join(before, path.Base(e.Path))
		if e.Dir && recursive && most != 1 {
			if err := l.flat(e, name, true, most-1); err != nil {
				return err
			}
			continue
		}
		l.rows = append(l.rows, row{name, e})
	}
	return nil
}

// rank puts files before folders.
func rank(e *imports.Entry) int {
	if e.Dir {
		return 1
	}
	return 0
}

// branch adds what lies in a folder, as a tree.
func (l *lister) branch(folder *imports.Entry, before string, most int) error {
	if !folder.Dir || most == 0 {
		return nil
	}
	all, err := l.children(folder)
	if err != nil {
		return err
	}
	for i, e := range all {
		edge, line := "├── ", "│   "
		if i == len(all)-1 {
			edge, line = "└── ", "    "
		}
		l.rows = append(l.rows, row{before + edge + path.Base(e.Path), e})
		if err := l.branch(e, before+line, most-1); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) json() []any {
	all := []any{}
	for _, r := range l.rows {
		d := document{}
		d.set("isout", r.Out)
		d.set("isdir", r.Dir)
		d.set("isexec", r.Exec)
		d.set("size", nil)
		if r.Size != nil {
			d[3].value = *r.Size
		}
		d.set("md5", nil)
		if r.ID != nil {
			d[4].value = r.ID.String()
		}
		d.set("path", r.name)
		all = append(all, d)
	}
	return all
}

func (l *lister) print(tree bool) {
	var sizes, hashes []string
	wide, long := 0, 1
	for _, r := range l.rows {
		size, hash := "", "-"
		if r.Size != nil && (*r.Size > 0 || !r.Dir) {
			size = natural(*r.Size)
		}
		if r.ID != nil {
			hash = r.ID.String()
		}
		sizes, hashes = append(sizes, size), append(hashes, hash)
		wide, long = max(wide, len(size)), max(long, len(hash))
	}
	var b strings.Builder
	for i, r := range l.rows {
		if l.show.size {
			b.WriteString(strings.Repeat(" ", wide-len(sizes[i])) + sizes[i] + "  ")
		}
		if l.show.hash {
			b.WriteString(hashes[i] + strings.Repeat(" ", long-len(hashes[i])) + "  ")
		}
		b.WriteString(r.name + "\n")
	}
	l.s.say("%s", strings.TrimSuffix(b.String(), "\n"))
}

type duCommand struct {
	URL       string `arg:"" help:"Location of DVC repository"`
	Path      string `arg:"" optional:"" help:"Path to directory within the repository"`
	Summarize bool   `short:"s" help:"Show total disk usage."`
	sourced
}

// Run measures what a repository has, without the files of DVC itself.
func (c *duCommand) Run(s *session) error {
	return s.reading(c.URL, &c.sourced, func(source *imports.Source) error {
		top, err := source.Entry(s.ctx, c.Path)
		if err != nil {
			return err
		}
		var sizes, names []string
		total, wide := int64(0), 0
		add := func(size int64, name string) {
			sizes, names = append(sizes, natural(size)), append(names, name)
			wide = max(wide, len(natural(size)))
		}
		if c.Summarize || !top.Dir {
			if total, err = source.Measure(s.ctx, top); err != nil {
				return err
			}
		} else {
			all, err := source.Entries(s.ctx, top)
			if err != nil {
				return err
			}
			for _, e := range all {
				if imports.IsDVCs(path.Base(e.Path)) {
					continue
				}
				size, err := source.Measure(s.ctx, e)
				if err != nil {
					return err
				}
				total += size
				add(size, path.Join(c.Path, path.Base(e.Path)))
			}
		}
		add(total, c.Path)
		for i, name := range names {
			s.say("%s", strings.TrimRight(sizes[i]+strings.Repeat(" ", wide-len(sizes[i]))+"  "+name, " "))
		}
		return nil
	})
}
