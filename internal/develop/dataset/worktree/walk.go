package worktree

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"
)

// Walk gives every file below root, sorted by the bytes of their paths. A root
// that is not there is fs.ErrNotExist; a root that is no folder is an error. The
// first folder that cannot be read ends the walk with an error that names it. What
// vanishes while the walk goes on is left out.
func Walk(ctx context.Context, root string, ignore Ignore) ([]File, error) {
	return WalkBelow(ctx, root, "", ignore)
}

// WalkBelow is Walk that begins in a folder below root: paths are relative to root,
// also those that ignore is asked about.
func WalkBelow(ctx context.Context, root, below string, ignore Ignore) ([]File, error) {
	begin := joined(root, below)
	info, err := os.Stat(begin)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "walk", Path: begin, Err: errors.New("not a folder")}
	}
	w := &walk{root: root, waiting: []folder{{below, ignore}}, open: 1}
	w.changed = sync.NewCond(&w.lock)
	stop := context.AfterFunc(ctx, func() { w.fail(ctx.Err()) })
	var all sync.WaitGroup
	found := make([][]File, runtime.GOMAXPROCS(0))
	for i := range found {
		all.Go(func() { found[i] = w.work() })
	}
	all.Wait()
	stop()
	if err := cmp.Or(ctx.Err(), w.failed()); err != nil {
		return nil, err
	}
	files := slices.Concat(found...)
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files, nil
}

// folder is one that is still to be read.
type folder struct {
	path   string // relative to the root, "" at the root
	ignore Ignore
}

// walk is the work that its goroutines share.
type walk struct {
	root    string
	lock    sync.Mutex
	changed *sync.Cond
	waiting []folder // last in, first out: a deep tree keeps few folders waiting
	open    int      // folders waiting or being read
	err     error
}

// fail ends the walk.
func (w *walk) fail(err error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.err == nil {
		w.err = err
	}
	w.changed.Broadcast()
}

// failed is why the walk ended early.
func (w *walk) failed() error {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.err
}

// next waits for a folder; it is false when there will be no more.
func (w *walk) next() (folder, bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	for w.err == nil && w.open > 0 && len(w.waiting) == 0 {
		w.changed.Wait()
	}
	if w.err != nil || w.open == 0 {
		return folder{}, false
	}
	last := len(w.waiting) - 1
	f := w.waiting[last]
	w.waiting = w.waiting[:last]
	return f, true
}

// done marks a folder as read and adds those found in it.
func (w *walk) done(found []folder) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.waiting = append(w.waiting, found...)
	w.open += len(found) - 1
	if w.open == 0 || len(found) > 0 {
		w.changed.Broadcast()
	}
}

// work reads folders until there are none.
func (w *walk) work() []File {
	r := reader{root: w.root}
	for {
		f, ok := w.next()
		if !ok {
			return r.files
		}
		folders, err := r.read(f)
		if err != nil {
			w.fail(fmt.Errorf("read folder %s: %w", joined(w.root, f.path), err))
			return nil
		}
		w.done(folders)
	}
}

// reader is what one goroutine of a walk keeps: its files, and memory it uses for
// each folder anew.
type reader struct {
	root  string
	files []File
	names []string
	buf   []byte
}

// entry takes in one name of a folder, with what the system says of it.
func (r *reader) entry(path string, rules Ignore, stat Stat, kind Kind) {
	if rules == nil || !rules.Skips(path, false) {
		r.files = append(r.files, File{Path: path, Stat: stat, Kind: kind})
	}
}

// joined is a path below a root, for an error and for the system.
func joined(root, path string) string {
	if path == "" {
		return root
	}
	return root + string(os.PathSeparator) + path
}

// child is the path of a name in a folder of the walk.
func child(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// kindOf says how an entry of a mode can be read.
func kindOf(mode fs.FileMode, linked bool) Kind {
	switch {
	case !mode.IsRegular():
		return Special
	case linked:
		return Linked
	}
	return Regular
}
