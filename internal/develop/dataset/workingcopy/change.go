package workingcopy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Config is whose working copy is changed, and by whom.
type Config struct {
	Repo    *repository.Repository
	Cwd     string // that targets are relative to
	Command string // as it was typed: other commands are told of it that wait for its paths
	Wait    bool   // for the lock, until the context ends
	// Confirm asks the person; nil is nobody, who says no.
	Confirm func(question string) bool
	// Warn tells of what is odd, and no error; Say of what was done. nil is nobody.
	Warn, Say func(text string)
}

// change is one command while it has the lock.
type change struct {
	Config
	index   *repository.Index
	touched map[string]bool           // files that git is told of, from the root; true for those that the person is
	ignored []string                  // data that were put into a .gitignore
	git     bool                      // whether there is a git to be told
	linking link.Type                 // "" until it was found out
	left    map[string]snapshot.Trace // what a commit stored, as it left it
	anew    bool                      // what DVC 2 wrote is not left as it is where it is unchanged
}

// do takes the lock, reads the index, and does something.
func (c Config) do(ctx context.Context, what func(*change) error) (touched []string, err error) {
	lock, err := c.Repo.Lock(ctx, c.Wait)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	w := &change{Config: c, touched: map[string]bool{}, left: map[string]snapshot.Trace{}, git: c.Repo.Git() != nil}
	if err := w.mend(); err != nil {
		return nil, err
	}
	if w.index, err = c.Repo.Index(ctx, ""); err != nil {
		return nil, err
	}
	if err := what(w); err != nil {
		return nil, err
	}
	return w.tracked(ctx)
}

// tracked are the files that git should be told of, as the person sees them; where
// core.autostage is set git is told, and there are none.
func (w *change) tracked(ctx context.Context) ([]string, error) {
	if !w.git || len(w.touched) == 0 {
		return nil, nil
	}
	var all []string
	for p, told := range w.touched {
		if told {
			all = append(all, w.shown(p))
		}
	}
	slices.Sort(all)
	if !w.Repo.Config().Section("core").Flag("autostage", false) {
		return all, nil
	}
	var full []string
	for p := range w.touched {
		full = append(full, w.Repo.Path(p))
	}
	slices.Sort(full)
	return nil, w.Repo.Git().Add(ctx, full...)
}

func (w *change) say(format string, args ...any) {
	if w.Say != nil {
		w.Say(fmt.Sprintf(format, args...))
	}
}

func (w *change) shown(p string) string { return w.Repo.Shown(w.Cwd, p) }

// hold says that the command writes the outs, none of which may lie elsewhere.
func (w *change) hold(ctx context.Context, outs ...string) (release func() error, err error) {
	for _, p := range outs {
		if err := w.inside(p, false); err != nil {
			return nil, err
		}
	}
	return w.Repo.Hold(ctx, w.Command, outs)
}

// link is how files share their bytes with objects here.
func (w *change) link() (link.Type, error) {
	if w.linking != "" {
		return w.linking, nil
	}
	types := link.Default()
	if set := w.Repo.Config().Section("cache").Links("type"); len(set) > 0 {
		var err error
		if types, err = link.ParseTypes(strings.Join(set, ",")); err != nil {
			return "", fault.Because(err, fault.Invalid, "%s", err)
		}
	}
	t, err := link.First(types, w.cacheFolder(), w.Repo.Root)
	if errors.Is(err, link.ErrUnsupported) {
		return "", fault.Because(err, fault.Unsupported, "No possible cache link types for '%s'. See <https://dvc.org/doc/user-guide/troubleshooting#cache-types> for more information.", w.Repo.Root)
	}
	w.linking = t
	return t, err
}

func (w *change) cacheFolder() string { return w.Repo.Cache(object.Current).Folder() }

// take looks at places; with store what is read goes into the cache.
func (w *change) take(ctx context.Context, places []string, layout object.Layout, store bool) (*snapshot.Snapshot, error) {
	c := Looking(w.Repo, layout)
	if store {
		var err error
		c.Cache = w.Repo.Cache(layout)
		if err := c.Cache.MakeFolder(c.Cache.Folder()); err != nil {
			return nil, fault.Because(err, fault.Unavailable, "The folder %s cannot be made.", c.Cache.Folder())
		}
		if c.Link, err = w.link(); err != nil {
			return nil, err
		}
	}
	return c.take(ctx, places)
}

// checkNames refuses a folder of which no checkout would bring all: fault.Invalid.
func checkNames(content *snapshot.Content) error {
	for i := range content.Listing.Len() {
		if p := string(content.Listing.Path(i)); dvcfile.ToolsOwn(p) {
			return fault.WithHint(fault.New(fault.Invalid, "The folder has %q: what lies in .git and .dvc is the tools' own, by whatever name a file system has for these.", p),
				"give it another name, or name it in .dvcignore")
		}
	}
	return nil
}

// store makes a listing an object. Its text is never held whole.
func store(ctx context.Context, c *cache.Cache, content *snapshot.Content) error {
	if content.Listing == nil {
		return nil
	}
	if missing, err := c.Missing(ctx, []object.ID{content.ID}); err != nil || len(missing) == 0 {
		return err
	}
	if err := checkNames(content); err != nil {
		return err
	}
	var size counter
	if err := content.Listing.Write(&size); err != nil {
		return err
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(content.Listing.Write(w)) }()
	return errors.Join(c.Store(ctx, content.ID, r, int64(size)), r.Close())
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// folderOf is the folder of a path, "" for the root.
func folderOf(p string) string {
	if folder := path.Dir(p); folder != "." {
		return folder
	}
	return ""
}
