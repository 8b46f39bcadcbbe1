package data

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// shared are the flags of the commands that speak to remotes.
type shared struct {
	Targets     []string `arg:"" optional:"" help:"Limit command scope to these tracked files/directories, .dvc files and stage names."`
	Jobs        int      `short:"j" placeholder:"<number>" help:"Number of jobs to run simultaneously."`
	Remote      string   `short:"r" placeholder:"<name>" help:"Remote storage to use."`
	AllBranches bool     `short:"a" help:"Of all branches."`
	AllTags     bool     `short:"T" help:"Of all tags."`
	AllCommits  bool     `short:"A" help:"Of all commits."`
	WithDeps    bool     `short:"d" help:"Of all dependencies of the specified target."`
	Recursive   bool     `short:"R" help:"Of subdirectories of the specified directory."`
	RunCache    bool     `negatable:"" help:"Run history of all stages as well."`
}

// request is what the flags mean.
func (c *shared) request(s *session, glob bool) (q sharing.Request, err error) {
	q = sharing.Request{
		Cwd: s.cwd, Targets: c.Targets, Flags: repository.Flags{Recursive: c.Recursive, WithDeps: c.WithDeps}, Remote: c.Remote, Jobs: c.Jobs,
		Branches: c.AllBranches, Tags: c.AllTags, Commits: c.AllCommits,
	}
	if glob && len(c.Targets) > 0 {
		q.Targets, err = repository.Expand(s.cwd, c.Targets)
	}
	return q, err
}

// sharing is the repository and its remotes.
func (s *session) sharing() (*sharing.Config, error) {
	r, err := s.open()
	if err != nil {
		return nil, err
	}
	return &sharing.Config{Repo: r, Warn: s.warn, Open: func(ctx context.Context, name string) (*remote.Remote, error) {
		options, err := r.Config().Remote(name)
		if err != nil {
			return nil, err
		}
		env := s.environment()
		return remote.Open(ctx, name, options, remote.Surroundings{Getenv: env.Getenv, Home: env.Home, Random: env.Chance, Now: env.Now, Password: s.password(), Client: "tacit/" + s.Version})
	}}, nil
}

// password asks for one without showing it, nil where nobody is there to ask.
func (s *session) password() func(host, user string) (string, error) {
	in, ok := s.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	return func(host, user string) (string, error) {
		_, _ = fmt.Fprintf(s.Errs, "Enter a password for host '%s' user '%s':\n", host, user)
		word, err := term.ReadPassword(int(in.Fd()))
		return string(word), err
	}
}

// locked does something while the repository has its lock.
func (s *session) locked(do func(*sharing.Config) error) (err error) {
	c, err := s.sharing()
	if err != nil {
		return err
	}
	from := s.origins(c.Repo)
	defer func() { err = firstOf(err, from.Close()) }()
	c.Import = from.fetch
	lock, err := c.Repo.Lock(s.ctx, s.WaitForLock)
	if err != nil {
		return err
	}
	defer func() {
		if released := lock.Release(); err == nil {
			err = released
		}
	}()
	return do(c)
}

// without tells of no remote where none is set.
func (s *session) without(asked string) {
	if asked == "" && s.repo.Config().DefaultRemote() == "" && !s.Quiet {
		_, _ = fmt.Fprintln(s.Errs, "No remote provided and no default remote set.")
	}
}

// told tells what failed, and gives how a command fails of it.
func (s *session) told(r *sharing.Result, what string) error {
	if r == nil || len(r.Failed) == 0 {
		return nil
	}
	if len(r.Absent) > 0 {
		s.warn("Some of the cache files do not exist neither locally nor on remote. Missing cache files:\n" + r.AbsentNames())
	}
	for i, f := range r.Failed {
		switch {
		case r.IsAbsent(f.ID):
		case i >= mostTold:
			s.complain(fmt.Sprintf("and %d more", len(r.Failed)-i))
			return failed(len(r.Failed), what)
		default:
			s.complain("failed to transfer '" + f.ID.String() + "' - " + fault.Sentence(f.Err))
		}
	}
	return failed(len(r.Failed), what)
}

// mostTold is how many failures are told one by one.
const mostTold = 20

func failed(n int, what string) error {
	return fault.New(fault.Conflict, "%d files failed to %s", n, what)
}

type pushCommand struct {
	shared
	Glob bool `help:"Allows targets containing shell-style wildcards."`
}

// Run pushes.
func (c *pushCommand) Run(s *session) error {
	const about = "failed to push data to the cloud"
	n := 0
	err := s.locked(func(d *sharing.Config) error {
		q, err := c.request(s, c.Glob)
		if err != nil {
			return err
		}
		if c.RunCache {
			if n, err = d.PushRuns(s.ctx, q); err != nil {
				return err
			}
		}
		r, err := d.Push(s.ctx, q)
		if r != nil {
			n += r.Objects
		}
		if err != nil {
			return s.offer(d, err)
		}
		if err := s.told(r, "upload"); err != nil {
			return err
		}
		s.registerPushed(d, q)
		return nil
	})
	if err != nil {
		return caught(about, err)
	}
	s.without(c.Remote)
	s.came("pushed", n)
	return nil
}

// came tells how many files came over.
func (s *session) came(did string, n int) {
	told := counted([]string{did}, []int{n})
	if told == "" {
		told = "Everything is up to date."
	}
	s.say("%s", told)
}

type fetchCommand struct {
	shared
	MaxSize int64    `placeholder:"max_size" help:"Fetch data files/directories that are each below specified size (bytes)."`
	Type    []string `sep:"none" enum:"metrics,plots" placeholder:"{metrics,plots}" help:"Only fetch data files/directories that are of a particular type (metrics, plots)."`
}

// Run fetches.
func (c *fetchCommand) Run(s *session) error {
	const about = "failed to fetch data from the cloud"
	n, err := c.fetch(s, false, func(q *sharing.Request) {
		q.Types = c.Type
		if c.MaxSize > 0 {
			q.MaxSize = &c.MaxSize
		}
	})
	if err != nil {
		return caught(about, err)
	}
	s.without(c.Remote)
	s.came("fetched", n)
	return nil
}

// fetch brings objects to the cache.
func (c *shared) fetch(s *session, glob bool, more func(*sharing.Request)) (n int, err error) {
	err = s.locked(func(d *sharing.Config) error {
		q, err := c.request(s, glob)
		if err != nil {
			return err
		}
		more(&q)
		if c.RunCache {
			if _, err := d.FetchRuns(s.ctx, q); err != nil {
				return err
			}
		}
		r, err := d.Fetch(s.ctx, q)
		if r != nil {
			n = r.Objects
		}
		if err != nil {
			return s.offer(d, err)
		}
		return s.told(r, "download")
	})
	return n, err
}

// offer adds to the failure that no remote is set where one would be: at a tacit that
// answers on this machine.
func (s *session) offer(d *sharing.Config, err error) error {
	if len(d.Repo.Config().Remotes()) > 0 || !sharing.IsNoRemote(err) {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, 300*time.Millisecond)
	defer cancel()
	ask, bad := http.NewRequestWithContext(ctx, http.MethodGet, s.Local+"/dvc/"+remoteName(d.Repo.Root)+"/.tacit", nil)
	if bad != nil {
		return err
	}
	answer, bad := http.DefaultClient.Do(ask)
	if bad != nil {
		return err
	}
	_ = answer.Body.Close() // that it answers is all that is asked
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusUnauthorized {
		return err
	}
	return fault.WithHint(err, "a tacit answers here: tacit data remote add -d tacit %s/dvc/%s", s.Local, remoteName(d.Repo.Root))
}

// remoteName is a name for the remote of a repository, of its folder's.
func remoteName(root string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && dataset.CheckName("a"+string(r)) == nil {
			return r
		}
		return '-'
	}, filepath.Base(root))
	name = strings.TrimLeft(name, "._-")
	if name = name[:min(len(name), dataset.MaxName)]; name == "" {
		return "data"
	}
	return name
}
