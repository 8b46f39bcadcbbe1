package imports

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Entry is a file or a folder of a source.
type Entry struct {
	Path string // from the source's root, "" for that
	Dir  bool
	Exec bool
	// Out says whether it is data, or lies in data, of DVC; Tracked that data lie below.
	Out, Tracked bool
	ID           *object.ID // of the bytes, or of the listing, where DVC knows them
	Size         *int64     // bytes; nil where nobody knows
	Said         *int64     // bytes that DVC says it has, whatever lies there; nil where it says nothing

	onDisk bool
	out    *repository.Out // that it belongs to
}

// note makes an out an entry of the folders above it.
func (s *Source) note(p string) {
	for p != "" {
		folder := path.Dir(p)
		if folder == "." {
			folder = ""
		}
		if s.outs[folder] == nil {
			s.outs[folder] = map[string]bool{}
		}
		s.outs[folder][path.Base(p)] = true
		p = folder
	}
}

// clean is a path that a person names, from the root. What leads out is fault.NotFound.
func (s *Source) clean(p string) (string, error) {
	p = filepath.ToSlash(p)
	at := strings.TrimPrefix(path.Clean("/"+p), "/")
	if strings.HasPrefix(path.Clean(p), "../") || path.Clean(p) == ".." {
		return "", fault.WithHint(s.missing(p), "the path leads out of the repository")
	}
	return at, nil
}

// missing is that a path is not there. A clone has no place that a person knows.
func (s *Source) missing(p string) error {
	if s.temporary != "" {
		return fault.New(fault.NotFound, "[Errno 2] No such file or directory: '%s' in '%s'", p, s.URL)
	}
	return fault.New(fault.NotFound, "[Errno 2] No such file or directory: '%s'", filepath.Join(s.root, filepath.FromSlash(p)))
}

// Entry is the entry of a path, which is relative to the root: fault.NotFound.
func (s *Source) Entry(ctx context.Context, p string) (*Entry, error) {
	at, err := s.clean(p)
	if err != nil {
		return nil, err
	}
	e := &Entry{Path: at}
	if err := s.track(ctx, e); err != nil {
		return nil, err
	}
	info, err := s.stat(at)
	if err != nil {
		return nil, err
	}
	if info != nil {
		e.see(info)
		if s.temporary != "" && e.Dir {
			if err := s.weigh(e); err != nil {
				return nil, err
			}
		}
	}
	if info == nil && !e.Tracked {
		return nil, s.missing(p)
	}
	return e, nil
}

// stat looks at a file of the source, nil where there is none to be seen.
func (s *Source) stat(p string) (fs.FileInfo, error) {
	if p == ".git" || p == repository.Folder || strings.HasPrefix(p, ".git/") || strings.HasPrefix(p, repository.Folder+"/") {
		return nil, nil
	}
	full := filepath.Join(s.root, filepath.FromSlash(p))
	if p != "" && !s.holds(filepath.Dir(full)) {
		return nil, nil
	}
	info, err := os.Lstat(full)
	if err == nil && s.temporary == "" && info.Mode()&fs.ModeSymlink != 0 && s.holds(full) {
		if target, err := os.Stat(full); err == nil {
			info = target
		}
	}
	if err != nil {
		return nil, nil //nolint:nilerr // what cannot be looked at is not there
	}
	if s.repo == nil || p == "" {
		return info, nil
	}
	ignored, _, err := s.repo.Ignores(p, info.IsDir())
	if err != nil || ignored {
		return nil, err
	}
	return info, nil
}

// see takes over what lies on the disk.
func (e *Entry) see(info fs.FileInfo) {
	size := info.Size()
	e.onDisk, e.Dir, e.Size = true, info.IsDir(), &size
	e.Exec = info.Mode().IsRegular() && info.Mode()&0o100 != 0
}

// weigh gives a folder of a clone the size that git's tree of it has, as dvc does: a
// mode, a name and a hash for each entry.
func (s *Source) weigh(e *Entry) error {
	found, err := os.ReadDir(filepath.Join(s.root, filepath.FromSlash(e.Path)))
	if err != nil {
		return err
	}
	size := int64(0)
	for _, f := range found {
		mode := "100644"
		if f.IsDir() {
			mode = "40000"
		}
		if f.Name() != ".git" {
			size += int64(len(mode) + 1 + len(f.Name()) + 1 + 20)
		}
	}
	e.Size = &size
	return nil
}

// track takes over what DVC knows of an entry.
func (s *Source) track(ctx context.Context, e *Entry) error {
	if s.outs[e.Path] != nil {
		e.Tracked, e.Dir = true, true
	}
	out := s.index.Owner(e.Path)
	if out == nil || out.NoCache { // which git keeps, or nobody
		return nil
	}
	if out.Path == e.Path {
		return s.owns(ctx, e, out)
	}
	id, said := out.Said()
	if !id.Dir && said {
		return nil
	}
	if said && !out.Known {
		return s.lookAt(ctx, e, out)
	}
	from, err := s.imported(ctx, out)
	if err != nil {
		return err
	}
	rel := e.Path[len(out.Path)+1:]
	if from != nil {
		above, err := from.Entry(ctx, path.Join(out.Stage.Spec.Deps[0].Path, rel))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		e.Tracked, e.Out, e.out, e.Dir = true, true, out, above.Dir
		if out.Known {
			e.ID = above.ID
		}
		if out.Known || !above.Dir && (above.onDisk || !above.Out) {
			e.Size, e.Said = above.Size, above.Size
		}
		return nil
	}
	if !out.Known { // of what nothing is said but by its source
		return s.lookAt(ctx, e, out)
	}
	l, err := s.listing(ctx, out)
	if err != nil {
		return err
	}
	if i, ok := l.Find([]byte(rel)); ok {
		id := l.ID(i)
		e.Tracked, e.Out, e.out, e.ID = true, true, out, &id
	} else if from, to := l.Below([]byte(rel)); to > from {
		e.Tracked, e.Out, e.out, e.Dir = true, true, out, true
	}
	return nil
}

// owns takes over what an out says of itself.
func (s *Source) owns(ctx context.Context, e *Entry, out *repository.Out) error {
	e.Tracked, e.Out, e.out, e.Size, e.Dir = true, true, out, out.Size, out.ID.Dir
	if id, said := out.Said(); said {
		e.ID, e.Dir = &id, id.Dir
	}
	if d := out.Stage.Dep(); d != nil && d.Repo == nil && !out.Known {
		e.Size, e.Dir = d.Size, e.Dir || d.NFiles != nil
	}
	e.Said = e.Size
	from, err := s.imported(ctx, out)
	if err != nil || from == nil {
		return err
	}
	above, err := from.Entry(ctx, out.Stage.Spec.Deps[0].Path)
	if err == nil {
		e.Dir = above.Dir
	}
	return err
}

// Entries are those of a folder, sorted by their names.
func (s *Source) Entries(ctx context.Context, folder *Entry) ([]*Entry, error) {
	names := map[string]bool{}
	if folder.onDisk {
		found, err := os.ReadDir(filepath.Join(s.root, filepath.FromSlash(folder.Path)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, f := range found {
			names[f.Name()] = true
		}
	}
	for name := range s.outs[folder.Path] {
		names[name] = true
	}
	if folder.out != nil {
		if err := s.within(ctx, folder, names); err != nil {
			return nil, err
		}
	}
	var all []*Entry
	for name := range names {
		e, err := s.Entry(ctx, path.Join(folder.Path, name))
		if fault.Is(err, fault.NotFound) {
			continue // DVC passes over it
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Entry) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// within adds the names that data have in a folder of them.
func (s *Source) within(ctx context.Context, folder *Entry, names map[string]bool) error {
	rel := strings.TrimPrefix(strings.TrimPrefix(folder.Path, folder.out.Path), "/")
	from, err := s.imported(ctx, folder.out)
	if err != nil {
		return err
	}
	if from != nil {
		above, err := from.Entry(ctx, path.Join(folder.out.Stage.Spec.Deps[0].Path, rel))
		if err != nil {
			return err
		}
		entries, err := from.Entries(ctx, above)
		for _, e := range entries {
			names[path.Base(e.Path)] = true
		}
		return err
	}
	if !folder.out.Known {
		files, err := s.lying(ctx, folder.out)
		for _, f := range files {
			if f.Path != rel && repository.Within(f.Path, rel) {
				name, _, _ := strings.Cut(strings.TrimPrefix(f.Path[len(rel):], "/"), "/")
				names[name] = true
			}
		}
		return err
	}
	l, err := s.listing(ctx, folder.out)
	if err != nil {
		return err
	}
	begin, end := l.Below([]byte(rel))
	skip := len(rel)
	if rel != "" {
		skip++
	}
	for i := begin; i < end; i++ {
		name, _, _ := bytes.Cut(l.Path(i)[skip:], []byte("/"))
		names[string(name)] = true
	}
	return nil
}

// IsDVCs says whether a name is that of a file in which DVC keeps what it knows: these
// are listed, and are no data.
func IsDVCs(name string) bool {
	return repository.IsStageFile(name) || name == repository.LockFile || name == repository.IgnoreFile
}

// Measure is how many bytes an entry has, of a folder with all that lies in it but
// DVC's own files. What does not tell its size counts as nothing.
func (s *Source) Measure(ctx context.Context, e *Entry) (int64, error) {
	if !e.Dir {
		if e.Size == nil {
			return 0, nil
		}
		return *e.Size, nil
	}
	if e.Out && !e.onDisk && e.Size != nil {
		return *e.Size, nil
	}
	all, err := s.Entries(ctx, e)
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for _, below := range all {
		if IsDVCs(path.Base(below.Path)) {
			continue
		}
		size, err := s.Measure(ctx, below)
		if err != nil {
			return 0, err
		}
		total += size
	}
	return total, nil
}
