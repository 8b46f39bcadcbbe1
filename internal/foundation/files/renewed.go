package files

import "io"

// Source is a reader whose bytes may be had once more, for another try of what broke.
type Source struct {
	io.Reader
	again  func() (io.ReadCloser, error)
	opened io.Closer
}

// Renewed is a source of Put's arguments. Who makes it closes it: that closes what
// again gave, and not r.
func Renewed(r io.Reader, again func() (io.ReadCloser, error)) *Source {
	return &Source{Reader: r, again: again}
}

// Renew begins anew, and says whether that can be done.
func (s *Source) Renew() bool {
	if s.again == nil {
		return false
	}
	_ = s.Close()
	fresh, err := s.again()
	if err != nil {
		return false
	}
	s.Reader, s.opened = fresh, fresh
	return true
}

// Close closes what Renew opened.
func (s *Source) Close() error {
	if s.opened == nil {
		return nil
	}
	err := s.opened.Close()
	s.opened = nil
	return err
}
