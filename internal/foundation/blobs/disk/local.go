package disk

import "path/filepath"

// Local is the file of a key that is there: bytes that nobody changes, and that may be
// gone with the next Delete.
func (s *Store) Local(key string) (path string, ok bool) {
	if check(key) != nil {
		return "", false
	}
	if info, err := s.root.Lstat(key); err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	return filepath.Join(s.path, filepath.FromSlash(key)), true
}
