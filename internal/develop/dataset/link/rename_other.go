//go:build !unix

package link

import "os"

// Rename gives a file another name, in place of a file that has it.
func Rename(from, to string) error { return os.Rename(from, to) }
