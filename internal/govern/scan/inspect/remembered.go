package inspect

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"sync"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// Remembered is what was found of a file alone, before its folder was judged: of the
// same bytes beside the same bytes the same rules find it again.
type Remembered struct {
	Part    Part
	Numbers []string // paths of files that hold nothing but the numbers of this one
	Beside  []string // paths of files that were looked for beside it, there or not
}

// Memory is what was found of files when they were inspected before. What was not read
// completely is in none: another look may come further.
type Memory interface {
	// Recall gives what was found of a file that is as it was then, and so is what
	// was looked for beside it.
	Recall(name string) (Remembered, bool)
	// Keep is given what holds for as long as that is so: of each file that was
	// read completely.
	Keep(name string, r Remembered)
}

// forgetful is a memory of nothing.
type forgetful struct{}

func (forgetful) Recall(string) (Remembered, bool) { return Remembered{}, false }
func (forgetful) Keep(string, Remembered)          {}

// lookedFor notes what is looked for beside a file.
type lookedFor struct {
	mu    sync.Mutex
	names map[string]bool
}

// note has what a source looks for beside it be noted.
func (l *lookedFor) note(s *Source) {
	beside, folder := s.Beside, path.Dir(s.Path)
	if beside == nil {
		return
	}
	s.Beside = func(name string) (*Source, error) {
		l.mu.Lock()
		l.names[path.Join(folder, name)] = true
		l.mu.Unlock()
		return beside(name)
	}
}

// sorted are the names.
func (l *lookedFor) sorted() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := make([]string, 0, len(l.names))
	for name := range l.names {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// remember inspects a file of a file system, and has memory keep what was found.
func (i *Inspector) remember(ctx context.Context, fsys fs.FS, name string, d fs.DirEntry, memory Memory) Part {
	l := &lookedFor{names: map[string]bool{}}
	p := i.open(ctx, fsys, name, d, l)
	if p.Status == pickle.Complete && p.SHA256 != "" && ctx.Err() == nil {
		kept := p
		kept.Findings = slices.Clone(p.Findings) // to which its folder's are added
		memory.Keep(name, Remembered{Part: kept, Numbers: p.numbers, Beside: l.sorted()})
	}
	return p
}

// again is the part as it was inspected.
func (r Remembered) again() Part {
	p := r.Part
	p.Findings, p.numbers = slices.Clone(r.Part.Findings), r.Numbers
	return p
}
