package data

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// located are the flags of the commands that read a URL.
type located struct {
	FsConfig []string `sep:"none" help:"Config options for the target url."`
}

// options are what the flags mean.
func (c *located) options() (pyjson.Map, error) {
	all := pyjson.Map{}
	for _, text := range c.FsConfig {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, &failure{254, "", fault.New(fault.Invalid, "argument --fs-config: Could not parse argument \"%s\" as k1=v1 k2=v2 ... format", text)}
		}
		all.Set(key, value)
	}
	return all, nil
}

// locate finds what a URL leads to; a path is one from the folder.
func (s *session) locate(url, folder string, over dvcconfig.Over) (*imports.Location, error) {
	config, err := s.configured()
	if err != nil {
		return nil, err
	}
	return imports.Locate(url, folder, config, over, s.around(nil).Remotes)
}

// configured is what the settings say of the repository that the person is in, or of the person alone.
func (s *session) configured() (*dvcconfig.Config, error) {
	if s.repo != nil {
		return s.repo.Config(), nil
	}
	root, err := repository.Find(s.cwd)
	if errors.Is(err, repository.ErrOutside) {
		root, err = "", nil
	}
	if err != nil {
		return nil, err
	}
	return repository.Settings(root, s.environment())
}

type importURLCommand struct {
	URL          string `arg:"" help:"Location of the data to download: a path, or a URL of http, https, s3, webdav, or remote://remote_name/path."`
	Out          string `arg:"" optional:"" help:"Destination path to put files to."`
	ToRemote     bool   `help:"Download it directly to the remote"`
	Remote       string `short:"r" placeholder:"<name>" help:"Remote storage to download to"`
	NoExec       bool   `xor:"download" help:"Only create .dvc file without actually importing target data."`
	NoDownload   bool   `xor:"download" help:"Create .dvc file including target data hash value(s) but do not actually download the file(s)."`
	Jobs         int    `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
	Force        bool   `short:"f" help:"Override local file or folder if exists."`
	VersionAware bool   `help:"Import using cloud versioning. Implied if the URL contains a version ID."`
	located
}

// Run imports a file or a folder of a URL.
func (c *importURLCommand) Run(s *session) error {
	about := "failed to import " + c.URL + ". You could also try downloading it manually, and adding it with `dvc add`."
	w, err := s.working()
	if err != nil {
		return err
	}
	touched, err := c.bring(s, w)
	if err != nil {
		return caught(about, err)
	}
	s.track(touched)
	return nil
}

// check refuses flags that do not go together, in dvc's words.
func (c *importURLCommand) check() error {
	switch {
	case c.ToRemote && (c.NoExec || c.NoDownload || c.VersionAware):
		return fault.New(fault.Invalid, "--no-exec/--no-download/--version-aware cannot be combined with --to-remote")
	case !c.ToRemote && c.Remote != "":
		return fault.New(fault.Invalid, "--remote can't be used without --to-remote")
	case c.VersionAware, strings.Contains(c.URL, "versionId="):
		return fault.WithHint(fault.New(fault.Unsupported, "import-url --version-aware is not there: versions that a bucket keeps are not read"), "import it without: its tag tells of changes, or use dvc")
	}
	return nil
}

// bring looks at the URL, and imports what is there.
func (c *importURLCommand) bring(s *session, w workingcopy.Config) (touched []string, err error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	out, err := destination(c.URL, c.Out, c.Force)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.check(), w.HasFolder(out)); err != nil {
		return nil, err
	}
	at, err := s.locate(c.URL, s.cwd, dvcconfig.Over{Options: options})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	dep := dvcfile.Dep{Entry: dvcfile.Entry{Path: c.written(w.Repo, s.cwd, out), Hash: "md5", FSConfig: options}}
	shown := shownDep(w.Repo, s.cwd, filepath.Dir(filepath.Join(s.cwd, out)), dep)
	i := workingcopy.Import{To: out, Force: c.Force}
	if c.NoExec {
		i.Dep = dep
		return w.Import(s.ctx, i)
	}
	if !c.ToRemote {
		s.say("Importing '%s' -> '%s'", shown, out)
	}
	found, err := at.Look(s.ctx)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.Because(err, fault.NotFound, "dependency '%s' does not exist", shown)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case c.ToRemote:
		if i.Sent, err = s.send(found, c.Remote, c.Jobs); err != nil {
			return nil, err
		}
	case !c.NoDownload:
		i.Bring = func(ctx context.Context, to string) error { return found.Download(ctx, to, c.Jobs) }
	}
	if dep.Data, err = found.Data(s.ctx, c.Jobs); err != nil {
		return nil, err
	}
	i.Dep, i.Known = dep, true
	return w.Import(s.ctx, i)
}

// written is what the file says of where the data are: of what lies in the repository,
// and of a path that the out's folder has another one to, the path from there.
func (c *importURLCommand) written(r *repository.Repository, cwd, out string) string {
	if dvcconfig.Scheme(c.URL) != "" {
		return c.URL
	}
	folder := filepath.Dir(filepath.Join(cwd, out))
	p := r.From(cwd, c.URL)
	within := p != ".." && !strings.HasPrefix(p, "../")
	if !within && (filepath.IsAbs(c.URL) || folder == filepath.Clean(cwd)) {
		return filepath.ToSlash(c.URL)
	}
	full := filepath.FromSlash(c.URL)
	if !filepath.IsAbs(full) {
		full = filepath.Join(cwd, full)
	}
	rel, err := filepath.Rel(folder, full)
	if err != nil {
		return filepath.ToSlash(c.URL)
	}
	return filepath.ToSlash(rel)
}

// shownDep is how dvc shows a dep of a stage in the folder wdir to a person in cwd.
func shownDep(r *repository.Repository, cwd, wdir string, d dvcfile.Dep) string {
	if d.Repo != nil {
		return d.Path + " (" + d.Repo.URL + ")"
	}
	if dvcconfig.Scheme(d.Path) != "" || filepath.IsAbs(d.Path) {
		return d.Path
	}
	full := filepath.Join(wdir, filepath.FromSlash(d.Path))
	p := r.From(cwd, full)
	if p == ".." || strings.HasPrefix(p, "../") {
		return full
	}
	return r.Shown(cwd, p)
}

type getURLCommand struct {
	URL   string `arg:"" help:"See import-url --help for the URLs that there are."`
	Out   string `arg:"" optional:"" help:"Destination path to put data to."`
	Jobs  int    `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
	Force bool   `short:"f" help:"Override local file or folder if exists."`
	located
}

// Run downloads a file or a folder.
func (c *getURLCommand) Run(s *session) error {
	about := "failed to get '" + c.URL + "'"
	options, err := c.options()
	if err != nil {
		return err
	}
	out, err := destination(c.URL, c.Out, c.Force)
	if err != nil {
		return caught(about, err)
	}
	return caught(about, s.looking(c.URL, options, func(found *imports.Found) error { return found.Download(s.ctx, out, c.Jobs) }))
}

// looking looks at a URL, and does something with what is there.
func (s *session) looking(url string, options pyjson.Map, do func(*imports.Found) error) (err error) {
	at, err := s.locate(url, s.cwd, dvcconfig.Over{Options: options})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	found, err := at.Look(s.ctx)
	if fault.Is(err, fault.NotFound) {
		return fault.Because(err, fault.NotFound, "The path '%s' does not exist", url)
	}
	if err != nil {
		return err
	}
	return do(found)
}
