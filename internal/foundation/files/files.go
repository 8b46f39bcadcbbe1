// Package files is files at an address that somebody else keeps: a folder, a web
// server, a bucket, a machine behind ssh. The packages below it are the places.
//
// Words. A path is relative to the address, with slashes, and names a file; a
// place is what an address leads to. Where a place cannot do a thing (a plain web
// server lists nothing), it answers fault.Unsupported, and who calls finds another
// way.
//
// Package blobs is tacit's own store and has keys of its own choosing; here are
// names that others chose, with credentials that others set. It knows nothing of
// what the files mean.
package files

import (
	"context"
	"io"
	"time"
)

// Unknown is the size of a file that does not tell it.
const Unknown int64 = -1

// Info is what a place says of a file without reading it.
type Info struct {
	Path     string
	Size     int64 // bytes, or Unknown
	Modified time.Time
	ETag     string // as the place spells it, without quotes; "" where there is none
	Version  string // of a bucket that keeps versions
	MD5      []byte // of the bytes, where the place vouches for it; nil otherwise
}

// Place holds files. Its methods are called from several goroutines at once; a
// context that ends ends them. What may be tried again after a failure of the
// network was tried again before a method fails with fault.Unavailable.
// Credentials that are refused are fault.Denied.
type Place interface {
	// Address is where this is, as messages name it: never with a password.
	Address() string
	// Open reads a file from an offset to its end; fault.NotFound where there is
	// none. A reader that broke is taken up where it broke, unless the file changed.
	Open(ctx context.Context, path string, from int64) (io.ReadCloser, Info, error)
	// Stat is fault.NotFound where there is no file.
	Stat(ctx context.Context, path string) (Info, error)
	// Put stores size bytes of r, or all of them for Unknown. The file is there at
	// once or not at all. again gives the bytes once more for another try, and is nil
	// where they cannot be had again.
	Put(ctx context.Context, path string, r io.Reader, size int64, again func() (io.ReadCloser, error)) error
	// List gives every file whose path begins with prefix, in no order.
	List(ctx context.Context, prefix string, each func(Info) error) error
	// Remove takes files away; that one is not there is no error.
	Remove(ctx context.Context, paths ...string) error
	// Close lets connections go.
	Close() error
}
