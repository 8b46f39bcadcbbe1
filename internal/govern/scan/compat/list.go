package compat

import "io"

// List calls found with the opcodes of the pickles in r, each with its place and its
// argument as Python writes it ("" for none), until they end. An error says where
// and why they cannot be listed.
func List(r io.ReaderAt, size int64, found func(at int64, name, argument string) error) error {
	s := newStream(r, size)
	for s.at < s.size {
		o, v, err := s.next(true)
		if err != nil {
			return err
		}
		argument := v.text
		if v.kind == text {
			argument = reprText(v.text)
		}
		if err := found(o.at, o.name, argument); err != nil {
			return err
		}
	}
	return nil
}
