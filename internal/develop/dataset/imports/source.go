package imports

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxDepth is how many repositories may have imported the same data one from the other.
const maxDepth = 16

// Source is a repository that is read. It is used by one goroutine but for what it has
// opened, and must be closed.
type Source struct {
	URL    string
	Commit string // "" where it is no commit of git

	root   string
	origin *repository.Repository // of this machine, nil for a clone of elsewhere
	repo   *repository.Repository // nil without DVC
	index  *repository.Index
	config *dvcconfig.Config
	outs   map[string]map[string]bool // the entries of folders, root "", that outs are or lie below

	around    Around
	depth     int
	temporary string
	listings  map[*repository.Out]*listing.Listing
	remotes   map[string]*remote.Remote
	above     map[*repository.Out]*Source // where imported data come from
	held      map[string]bool             // folders that were asked for, by whether the source has them itself
	looked    map[*repository.Out][]Item  // what lies at the URLs that data were imported from
}

// Open opens a source: fault.NotFound for a revision that is not there,
// fault.Unavailable for one that cannot be cloned.
func Open(ctx context.Context, url string, o Options, around Around) (*Source, error) {
	return open(ctx, url, o, around, 0)
}

func open(ctx context.Context, url string, o Options, around Around, depth int) (_ *Source, err error) {
	if depth > maxDepth {
		return nil, fault.New(fault.Invalid, "'%s' was imported through more than %d repositories, or from itself.", url, maxDepth)
	}
	s := &Source{
		URL: url, around: around, depth: depth, listings: map[*repository.Out]*listing.Listing{}, remotes: map[string]*remote.Remote{},
		above: map[*repository.Out]*Source{}, looked: map[*repository.Out][]Item{}, held: map[string]bool{}, outs: map[string]map[string]bool{}, index: &repository.Index{},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := s.find(ctx, o); err != nil {
		return nil, err
	}
	if err := s.settings(o); err != nil {
		return nil, err
	}
	if s.repo != nil {
		if s.index, err = s.repo.Index(ctx, ""); err != nil {
			return nil, err
		}
	}
	for _, out := range s.index.Outs {
		if !out.External && !out.NoCache {
			s.note(out.Path)
		}
	}
	return s, nil
}

// find finds or clones the files of the source.
func (s *Source) find(ctx context.Context, o Options) error {
	folder, git := s.local()
	if git != nil {
		rev := o.Rev
		if rev == "" {
			rev = "HEAD"
		}
		commit, err := git.Resolve(ctx, rev)
		if err != nil && o.Rev != "" {
			return err
		}
		s.Commit = commit
		if o.Rev == "" && !o.Committed {
			s.root = folder
			return nil
		}
		if err != nil {
			return err
		}
		return s.clone(ctx, git.Root(), commit, folder)
	}
	if folder != "" {
		if o.Rev != "" {
			return fault.New(fault.NotFound, "unknown Git revision '%s'", o.Rev)
		}
		s.root = folder
		return nil
	}
	return s.clone(ctx, s.URL, o.Rev, "")
}

// local is the root of a repository of this machine, "" where the URL names none, and
// its git.
func (s *Source) local() (string, *revision.Git) {
	full, err := filepath.Abs(s.URL)
	if err == nil {
		full, err = filepath.EvalSymlinks(full)
	}
	if err != nil {
		return "", nil
	}
	if root, err := repository.Find(full); err == nil {
		if s.origin, err = repository.Open(root, s.around.Environment); err == nil {
			s.repo = s.origin
			return root, s.origin.Git()
		}
	}
	if git, ok := revision.Find(full); ok {
		return git.Root(), git
	}
	return "", nil
}

// clone clones; folder is that of the source's root in a repository of this machine.
func (s *Source) clone(ctx context.Context, url, rev, folder string) error {
	if err := os.MkdirAll(s.around.Temporary, 0o700); err != nil {
		return fault.Because(err, fault.Unavailable, "%s cannot be made.", s.around.Temporary)
	}
	made, err := os.MkdirTemp(s.around.Temporary, "clone-")
	if err != nil {
		return fault.Because(err, fault.Unavailable, "A clone of '%s' cannot be made in %s.", url, s.around.Temporary)
	}
	s.temporary = made
	if made, err = filepath.EvalSymlinks(made); err != nil {
		return err
	}
	s.root = filepath.Join(made, "files")
	git, err := revision.Clone(ctx, url, s.root, rev)
	if err != nil {
		return err
	}
	if s.Commit, err = git.Resolve(ctx, "HEAD"); err != nil {
		return err
	}
	if folder != "" {
		below, err := filepath.Rel(url, folder)
		if err != nil {
			return err
		}
		s.root = filepath.Join(s.root, below)
	}
	s.repo = nil
	if info, err := os.Lstat(filepath.Join(s.root, repository.Folder)); err == nil && info.IsDir() {
		if s.repo, err = repository.Open(s.root, s.around.Environment); err != nil {
			return err
		}
	}
	return nil
}

// settings reads what the source says of its remotes, and what is put over it. Those of
// a repository of this machine are as they are now: they tell where its remotes are.
func (s *Source) settings(o Options) error {
	root := s.root
	if s.origin != nil {
		root = s.origin.Root
	}
	if s.repo == nil {
		root = ""
	}
	env := s.around.Environment
	all, err := repository.Sources(root, env)
	if err != nil {
		return err
	}
	if o.Config != "" {
		content, err := os.ReadFile(o.Config)
		if err != nil {
			return fault.Because(err, fault.NotFound, "The file of settings '%s' cannot be read.", o.Config)
		}
		path, err := filepath.Abs(o.Config)
		if err != nil {
			return err
		}
		all = append(all, dvcconfig.Source{Level: dvcconfig.Local, Path: path, Content: content, Tracked: o.Tracked})
	}
	if s.config, err = dvcconfig.Load(env.Home, all...); err != nil {
		return err
	}
	if o.Remote == "" && len(o.RemoteConfig) == 0 {
		return nil
	}
	name := o.Remote
	if name == "" {
		name = s.config.DefaultRemote()
	}
	over, err := section(name, o.RemoteConfig)
	if err != nil {
		return err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	all = append(all, dvcconfig.Source{Level: dvcconfig.Local, Path: filepath.Join(cwd, "config"), Content: over, Tracked: o.Tracked})
	s.config, err = dvcconfig.Load(env.Home, all...)
	return err
}

// section is settings that make a remote the default, with some of its options.
func section(name string, options []Setting) ([]byte, error) {
	if name == "" {
		return nil, fault.WithHint(fault.New(fault.Invalid, "Missing remote name"), "say of which remote the options are: --remote")
	}
	text := fmt.Sprintf("[core]\nremote = %s\n", name)
	if len(options) > 0 {
		text += fmt.Sprintf("['remote \"%s\"']\n", name)
	}
	for _, o := range options {
		if strings.ContainsAny(o.Key+o.Value+name, "\r\n") {
			return nil, fault.New(fault.Invalid, "The option %q of a remote has more than one line.", o.Key)
		}
		text += fmt.Sprintf("%s = \"\"\"%s\"\"\"\n", o.Key, o.Value)
	}
	return []byte(text), nil
}

// Close lets go of all that was opened, and takes the clone away.
func (s *Source) Close() error {
	var all []error
	for _, r := range s.remotes {
		all = append(all, r.Close())
	}
	for _, above := range s.above {
		all = append(all, above.Close())
	}
	if s.temporary != "" {
		all = append(all, os.RemoveAll(s.temporary))
	}
	return errors.Join(all...)
}
