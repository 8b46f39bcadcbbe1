package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

// mostMemory bounds what is kept of the files of a root, in bytes before compression:
// where there is more, all of them are read for each verdict.
const mostMemory = 32 << 20

// remembered is what was found of a file, with the tags of the files on which that hangs.
type remembered struct {
	inspect.Remembered
	Tag  string   // of the file
	Tags []string // of what was looked for beside it
}

// memory is what was found of the files of a root: what the same rules found of a file
// whose tag stayed, beside files whose tags stayed, is not looked for again. The folder
// as a whole is.
type memory struct {
	folder folder
	before map[string]remembered

	mu  sync.Mutex
	now []remembered
}

// tag is that of a file as it was listed: "" for none.
func (m *memory) tag(name string) string {
	at, err := m.folder.at(name)
	if err != nil {
		return ""
	}
	e, err := m.folder.entry(name, at)
	switch {
	case err != nil:
		return ""
	case e.Folder:
		return "/"
	}
	return fmt.Sprintf("%d %s", e.Size, e.ETag)
}

func (m *memory) tags(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = m.tag(name)
	}
	return all
}

// Recall gives what was found of a file that stayed.
func (m *memory) Recall(name string) (inspect.Remembered, bool) {
	r, ok := m.before[name]
	if !ok || r.Tag != m.tag(name) || !slices.Equal(r.Tags, m.tags(r.Beside)) {
		return inspect.Remembered{}, false
	}
	m.keep(r)
	return r.Remembered, true
}

// Keep keeps what was found of a file.
func (m *memory) Keep(name string, r inspect.Remembered) {
	at, err := m.folder.at(name)
	if err != nil {
		return
	}
	if e, err := m.folder.entry(name, at); err == nil && e.ETag != "" {
		m.keep(remembered{r, m.tag(name), m.tags(r.Beside)})
	}
}

func (m *memory) keep(r remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = append(m.now, r)
}

// pack is what is to be kept, nil where that is too much.
func (m *memory) pack() ([]byte, error) {
	slices.SortFunc(m.now, func(a, b remembered) int { return strings.Compare(a.Part.Path, b.Part.Path) })
	text, err := json.Marshal(m.now)
	if err != nil || len(text) > mostMemory {
		return nil, err
	}
	return compressed(text)
}

// memoryOf is what rules found of the files of a root when they were judged last.
func (s *Service) memoryOf(ctx context.Context, files folder, root, rules string) (*memory, error) {
	m := &memory{folder: files, before: map[string]remembered{}}
	kept, err := rows.One(ctx, s.DB.Read(), rows.Column[[]byte], selectMemory, caller.Workspace(ctx), root, rules)
	if rows.IsNone(err) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	var all []remembered
	if err := expanded(kept, mostMemory+1, &all); err != nil {
		return nil, fmt.Errorf("scan: what is kept of files: %w", err)
	}
	for _, r := range all {
		m.before[r.Part.Path] = r
	}
	return m, nil
}

// keepMemory keeps what rules found of the files of a root; nil forgets it.
func keepMemory(ctx context.Context, tx *rows.Tx, root, rules string, kept []byte) error {
	if kept == nil {
		_, err := tx.Exec(ctx, deleteMemory, caller.Workspace(ctx), root)
		return err
	}
	_, err := tx.Exec(ctx, upsertMemory, caller.Workspace(ctx), root, rules, kept)
	return err
}
