package scan

import (
	"context"
	"io/fs"
	"path"
	"sync"
	"sync/atomic"
)

// snapshot is artifacts as they were listed when each folder was first looked at: for
// one judgement a folder is listed once, however many files lie in it.
type snapshot struct {
	Files
	mu      sync.Mutex
	folders map[string][]Entry
	entries map[string]Entry // of those folders, by path
	// changed says that a file which was opened has other bytes than were listed, or is
	// gone: what was read is then no judgement of the listing.
	changed atomic.Bool
}

// snapshotOf gives artifacts as they are from now on; a snapshot is its own.
func snapshotOf(files Files) *snapshot {
	if s, ok := files.(*snapshot); ok {
		return s
	}
	return &snapshot{Files: files, folders: map[string][]Entry{}, entries: map[string]Entry{}}
}

// List lists a folder as it was first.
func (s *snapshot) List(ctx context.Context, folder string) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list(ctx, folder)
}

func (s *snapshot) list(ctx context.Context, folder string) ([]Entry, error) {
	if all, ok := s.folders[folder]; ok {
		return all, nil
	}
	all, err := s.Files.List(ctx, folder)
	if err != nil {
		return nil, err
	}
	s.folders[folder] = all
	for _, e := range all {
		s.entries[e.Path] = e
	}
	return all, nil
}

// entry is the file or the folder at a path. fs.ErrNotExist.
func (s *snapshot) entry(ctx context.Context, at string) (Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.list(ctx, path.Dir(at)); err != nil {
		return Entry{}, err
	}
	e, ok := s.entries[at]
	if !ok {
		return Entry{}, fs.ErrNotExist
	}
	return e, nil
}
