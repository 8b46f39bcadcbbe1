package repository

import (
	"context"
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
)

// Names of DVC's files.
const (
	Suffix       = ".dvc"     // ends the name of a file of one stage
	PipelineFile = "dvc.yaml" // has stages by name
	LockFile     = "dvc.lock" // has what they were when they ran
)

// Stage owns some data.
type Stage struct {
	File string // from the root: a .dvc file, or a dvc.yaml
	Name string // of a stage of dvc.yaml, "" of a .dvc file
	// Spec is what a .dvc file says; Lock what dvc.lock says of a stage, nil where that
	// did not run yet. One of them is nil.
	Spec   *dvcfile.Stage
	Lock   *dvcfile.LockStage
	Recipe *Recipe // of a stage of dvc.yaml, nil of a .dvc file
	Frozen bool
	Outs   []*Out

	wdir  string
	named []string // the outs as the file names them
}

// Wdir is the folder, from the root, that the stage's paths are relative to.
func (s *Stage) Wdir() string { return s.wdir }

// Import is where the data come from another repository: they are pushed and fetched
// there. nil for all other stages.
func (s *Stage) Import() *dvcfile.Repo {
	if s.Spec == nil || len(s.Spec.Deps) != 1 || len(s.Spec.Outs) != 1 {
		return nil
	}
	return s.Spec.Deps[0].Repo
}

// IsImport says whether the data come from elsewhere, a repository or a URL.
func (s *Stage) IsImport() bool {
	return s.Spec != nil && len(s.Spec.Deps) == 1 && len(s.Spec.Outs) == 1
}

// Dep is what an import from elsewhere says of its source; nil for all other stages.
func (s *Stage) Dep() *dvcfile.Dep {
	if !s.IsImport() {
		return nil
	}
	return &s.Spec.Deps[0]
}

// IsSource says whether the stage has no command: it came from an add or an import.
func (s *Stage) IsSource() bool { return s.Spec != nil }

// Address is how the stage is named to a person, file being its file's path as that
// person sees it.
func (s *Stage) Address(file string) string {
	switch {
	case s.Name == "":
		return file
	case file == PipelineFile:
		return s.Name
	}
	return file + ":" + s.Name
}

// Out is data that a stage owns.
type Out struct {
	Stage    *Stage
	Position int    // among the outs of its stage
	Path     string // from the root; of what lies elsewhere, as the file says it
	External bool   // it lies elsewhere: at a URL, or outside of the repository

	ID     object.ID
	Known  bool // whether ID says something: nothing was added, or run, else
	Layout object.Layout
	Size   *int64 // bytes; nil where it is not known
	NFiles *int64
	IsExec bool

	Remote  string // where it is pushed to, the default remote where empty
	NoPush  bool
	NoCache bool
	Persist bool // it stays while the stage runs

	Kept        []Kept // its files as remotes have them that keep versions
	KeptListing []byte // of a folder that is known by its files alone
}

// Said is what the data are known to be: what was added or run, or, of an import from a
// URL whose data were not brought yet, what its source had. false where nobody says it.
func (o *Out) Said() (object.ID, bool) {
	if o.Known {
		return o.ID, true
	}
	d := o.Stage.Dep()
	if d == nil || d.Repo != nil {
		return object.ID{}, false
	}
	id, err := object.Parse(d.MD5)
	return id, err == nil
}

// newOut takes over what a file says of an out.
func newOut(s *Stage, position int, o *dvcfile.Out) *Out {
	out := &Out{
		Stage: s, Position: position, Path: o.Path, Layout: object.Current, Size: o.Size, NFiles: o.NFiles, IsExec: o.IsExec,
		Remote: o.Remote, NoPush: o.NoPush, NoCache: o.NoCache, Persist: o.Persist,
	}
	if o.Hash == "" {
		out.Layout = object.Legacy
	}
	if id, err := object.Parse(o.MD5); err == nil {
		out.ID, out.Known = id, true
	}
	switch clean := path.Join(s.wdir, o.Path); {
	case path.IsAbs(o.Path), strings.Contains(o.Path, "://"), clean == "..", strings.HasPrefix(clean, "../"):
		out.External = true
	default:
		out.Path = clean
		out.keep(o)
	}
	return out
}

// Index is all stages of the working copy, or of a revision.
type Index struct {
	Stages []*Stage // by the paths of their files
	Outs   []*Out   // of all stages, in their order

	folders map[string]bool // in which a stage's file lies, and those above
	// byPath has what lies in the repository; two stages may own one path until
	// somebody asks.
	byPath map[string]*Out
	kinds  map[string][]string // paths that are "metrics" and "plots"
}

// Index reads all stages: of the working copy where rev is "", else of a revision of
// git: fault.NotFound where there is none. The first file that is not what it should
// be ends it: fault.Invalid, with its name.
func (r *Repository) Index(ctx context.Context, rev string) (*Index, error) {
	ix := &Index{folders: map[string]bool{"": true}, byPath: map[string]*Out{}, kinds: map[string][]string{}}
	if rev == "" {
		return ix, r.collect(ctx, ix)
	}
	return ix, r.collectRevision(ctx, ix, rev)
}

// Is says whether an out is of one of some kinds, "metrics" or "plots", has such data in
// it, or lies in such.
func (ix *Index) Is(o *Out, kinds ...string) bool {
	for _, kind := range kinds {
		for _, p := range ix.kinds[kind] {
			if !o.External && (Within(o.Path, p) || Within(p, o.Path)) {
				return true
			}
		}
	}
	return false
}

// add takes in what a file of stages says.
func (ix *Index) add(read *staged) {
	for kind, paths := range read.kinds {
		ix.kinds[kind] = append(ix.kinds[kind], paths...)
	}
	for _, s := range read.stages {
		ix.Stages = append(ix.Stages, s)
		for folder := path.Dir(s.File); folder != "." && !ix.folders[folder]; folder = path.Dir(folder) {
			ix.folders[folder] = true
		}
		for _, o := range s.Outs {
			ix.Outs = append(ix.Outs, o)
			if !o.External {
				ix.byPath[o.Path] = o
			}
		}
	}
}

// Owner is the out that has a path: the out itself, or one that the path lies in. nil
// where there is none.
func (ix *Index) Owner(p string) *Out {
	for {
		if o := ix.byPath[p]; o != nil {
			return o
		}
		cut := strings.LastIndexByte(p, '/')
		if cut < 0 {
			return nil
		}
		p = p[:cut]
	}
}

// File are the stages of a file.
func (ix *Index) File(file string) (all []*Stage) {
	for _, s := range ix.Stages {
		if s.File == file {
			all = append(all, s)
		}
	}
	return all
}

// Within says whether a path is another, or lies below it; "" has all below it.
func Within(p, folder string) bool {
	return folder == "" || p == folder || strings.HasPrefix(p, folder) && p[len(folder)] == '/'
}
