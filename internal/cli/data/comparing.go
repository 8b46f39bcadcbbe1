package data

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/comparison"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// status compares the working copy with what its files say.
func (c *statusCommand) local(s *session) (err error) {
	r, err := s.open()
	if err != nil {
		return err
	}
	lock, err := r.Lock(s.ctx, s.WaitForLock)
	if err != nil {
		return err
	}
	st, err := comparison.Local(s.ctx, r, s.cwd, c.Targets, repository.Flags{WithDeps: c.WithDeps, Recursive: c.Recursive}, comparing{s}, !c.NoUpdates)
	if err = firstOf(err, lock.Release()); err != nil {
		return caught("", err)
	}
	for _, w := range st.Warnings {
		s.warn(w)
	}
	switch {
	case c.JSON:
		s.print(statusObject(st))
	case s.Quiet:
		if len(st.Stages) > 0 {
			return answer(1)
		}
	case len(st.Stages) > 0:
		s.showStatus(st)
	case !st.Any:
		s.say("There are no data or pipelines tracked in this project yet.\nSee <https://dvc.org/doc/start> to get started!")
	default:
		s.say("Data and pipelines are up to date.")
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func statusObject(st *comparison.Status) document {
	all := document{}
	for _, stage := range st.Stages {
		var list []any
		for _, part := range []struct {
			name   string
			states []comparison.State
		}{{"changed deps", stage.Deps}, {"changed outs", stage.Outs}} {
			if len(part.states) == 0 && (part.name != "changed deps" || len(stage.Params) == 0) {
				continue
			}
			states := document{}
			for _, x := range part.states {
				states.set(x.Path, x.Word)
			}
			if part.name == "changed deps" {
				states = append(states, paramsObject(stage)...)
			}
			list = append(list, document{{part.name, states}})
		}
		if stage.Always {
			list = append(list, "always changed")
		}
		if stage.Checksum {
			list = append(list, "changed checksum")
		}
		if stage.Command {
			list = append(list, "changed command")
		}
		all.set(stage.Name, list)
	}
	return all
}

// paramsObject is how the params of a stage differ.
func paramsObject(stage comparison.StageState) (all document) {
	for _, p := range stage.Params {
		if p.Keys == nil {
			all.set(p.File, p.Word)
			continue
		}
		keys := document{}
		for _, k := range p.Keys {
			keys.set(k.Path, k.Word)
		}
		all.set(p.File, keys)
	}
	return all
}

// showStatus prints the states of stages in dvc's columns.
func (s *session) showStatus(st *comparison.Status) {
	states := func(head string, all []comparison.State, params ...comparison.ParamState) {
		if len(all) > 0 || head == "changed deps" && len(params) > 0 {
			s.say("\t%s:", head)
		}
		for _, x := range all {
			s.say("\t\t%-20s%s", x.Word+":", x.Path)
		}
		for _, p := range params {
			if p.Keys == nil {
				s.say("\t\t%-20s%s", p.Word+":", p.File)
				continue
			}
			s.say("\t\t%s:", p.File)
			for _, k := range p.Keys {
				s.say("\t\t\t%-20s%s", k.Word+":", k.Path)
			}
		}
	}
	for _, stage := range st.Stages {
		s.say("%s:", stage.Name)
		states("changed deps", stage.Deps, stage.Params...)
		states("changed outs", stage.Outs)
		if stage.Always {
			s.say("\talways changed")
		}
		if stage.Checksum {
			s.say("\tchanged checksum")
		}
		if stage.Command {
			s.say("\tchanged command")
		}
	}
}

type diffCommand struct {
	ARev        string   `arg:"" optional:"" default:"HEAD" help:"Old Git commit to compare (defaults to HEAD)"`
	BRev        string   `arg:"" optional:"" help:"New Git commit to compare (defaults to the current workspace)"`
	Targets     []string `sep:"none" placeholder:"<paths>" help:"Specific DVC-tracked files to compare. Accepts one or more file paths."`
	JSON        bool     `help:"Format the output into a JSON"`
	ShowHash    bool     `help:"Display hash value for each entry"`
	Md          bool     `help:"Show tabulated output in the Markdown format (GFM)."`
	HideMissing bool     `help:"Hide missing cache file status."`
	Rows        bool     `help:"Compare the rows of the tables that --targets names: CSV, Parquet or JSON lines. dvc has no such option."`
	Key         []string `placeholder:"<columns>" help:"Columns that name a row, with --rows; without any, rows are compared as they are."`
}

// told is one line of a difference.
type told struct {
	old, new         string // paths; of one that was not renamed old is ""
	hash, formerHash string // "" where nobody knows it; formerHash of one that was modified
	both             bool   // that it was modified
}

// path is how a person reads it.
func (t told) path() string {
	if t.old != "" {
		return t.old + " -> " + t.new
	}
	return t.new
}

// Run compares two versions.
func (c *diffCommand) Run(s *session) error {
	if c.Rows {
		return caught("failed to get diff", c.rows(s))
	}
	if len(c.Key) > 0 {
		return caught("failed to get diff", fault.WithHint(fault.New(fault.Invalid, "--key names the rows of --rows, which is not given"), "add --rows"))
	}
	r, err := s.open()
	if err != nil {
		return err
	}
	lock, err := r.Lock(s.ctx, s.WaitForLock)
	if err != nil {
		return err
	}
	from := s.origins(r)
	d, err := comparison.Diff(s.ctx, r, s.cwd, c.ARev, c.BRev, c.Targets, from.files)
	err = firstOf(err, from.Close())
	if err = firstOf(err, lock.Release()); err != nil {
		if strings.HasPrefix(fault.Sentence(err), "[Errno 2]") {
			return &failure{255, "unexpected error - ", err}
		}
		return caught("failed to get diff", err)
	}
	groups := grouped(d)
	states := []string{"added", "deleted", "renamed", "modified", "not in cache"}
	if c.HideMissing || c.BRev != "" {
		states = states[:4]
	}
	switch {
	case c.JSON:
		s.print(c.document(groups, d, states))
	case c.Md:
		c.table(s, groups, states)
	default:
		c.show(s, groups, states)
	}
	return nil
}

// grouped sorts a difference by dvc's words, each by path.
func grouped(d *comparison.Difference) map[string][]told {
	all := map[string][]told{}
	for _, x := range d.Changes {
		switch x.Kind {
		case comparison.Added:
			all["added"] = append(all["added"], told{new: x.New.Shown(), hash: x.New.Hash()})
		case comparison.Deleted:
			all["deleted"] = append(all["deleted"], told{new: x.Old.Shown(), hash: x.Old.Hash()})
		case comparison.Modified:
			all["modified"] = append(all["modified"], told{new: x.Old.Shown(), hash: x.New.Hash(), formerHash: x.Old.Hash(), both: true})
		case comparison.Renamed:
			all["renamed"] = append(all["renamed"], told{old: x.Old.Shown(), new: x.New.Shown(), hash: x.Old.ID.String()})
		}
	}
	for _, e := range d.NotInCache {
		all["not in cache"] = append(all["not in cache"], told{new: e.Shown(), hash: e.ID.String()})
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b told) int {
			first := func(t told) string {
				if t.old != "" {
					return t.old
				}
				return t.new
			}
			return strings.Compare(first(a), first(b))
		})
	}
	return all
}

func (c *diffCommand) document(groups map[string][]told, d *comparison.Difference, states []string) document {
	o := document{}
	if len(d.Changes)+len(d.NotInCache) == 0 {
		return o
	}
	for _, state := range []string{"added", "deleted", "modified", "renamed", "not in cache"} {
		if !slices.Contains(states, state) {
			continue
		}
		list := []any{}
		for _, t := range groups[state] {
			entry := document{{"path", t.new}}
			if t.old != "" {
				entry = document{{"path", document{{"old", t.old}, {"new", t.new}}}}
			}
			switch {
			case !c.ShowHash:
			case t.both:
				entry.set("hash", document{{"old", orNull(t.formerHash)}, {"new", orNull(t.hash)}})
			default:
				entry.set("hash", orNull(t.hash))
			}
			list = append(list, entry)
		}
		o.set(state, list)
	}
	return o
}

// digest is a hash as a person reads it.
func (t told) digest() string {
	if t.both {
		return short(t.formerHash) + ".." + short(t.hash)
	}
	return short(t.hash)
}

// short is the beginning of a hash, as dvc cuts it.
func short(hash string) string {
	if hash == "" {
		return "None"
	}
	return hash[:8]
}

func (c *diffCommand) table(s *session, groups map[string][]told, states []string) {
	headers := []string{"Status", "Path"}
	if c.ShowHash {
		headers = []string{"Status", "Hash", "Path"}
	}
	var rows [][]string
	for _, state := range states {
		for _, t := range groups[state] {
			row := []string{state, t.path()}
			if c.ShowHash {
				row = []string{state, t.digest(), t.path()}
			}
			rows = append(rows, row)
		}
	}
	s.table(headers, rows)
}

func (c *diffCommand) show(s *session, groups map[string][]told, states []string) {
	var words []string
	var numbers []int
	for _, state := range states {
		list := groups[state]
		if len(list) == 0 {
			continue
		}
		s.say("%s:", strings.ToUpper(state[:1])+state[1:])
		n := 0
		for _, t := range list {
			before := "    "
			if c.ShowHash {
				before += t.digest() + "  "
			}
			s.say("%s%s", before, t.path())
			if !strings.HasSuffix(t.path(), "/") {
				n++
			}
		}
		s.say("")
		words, numbers = append(words, state), append(numbers, n)
	}
	s.summary(words, numbers)
}
