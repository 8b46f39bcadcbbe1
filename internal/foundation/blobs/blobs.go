// Package blobs is the store of bytes by key: local disk, or S3 and what
// speaks it.
//
// Words. A key is a slash-separated path without empty, "." or ".." segments,
// without back-slashes and control characters, of at most 1,024 bytes. Bytes
// are streamed, never held whole; a Put is there completely or not at all, and
// durable when it returns. Listing is in byte order of the key.
//
// It knows nothing of what the bytes are, and nothing of workspaces: a room
// leads its keys with the workspace.
package blobs

import (
	"context"
	"io"
	"time"
)

// Unknown is the size of bytes whose length is not known beforehand.
const Unknown int64 = -1

// Info is what is known of stored bytes.
type Info struct {
	Key      string
	Size     int64
	Modified time.Time
	ETag     string // an opaque tag that changes with the bytes
}

// Entry is one line of a listing: bytes, or a folder that holds keys.
type Entry struct {
	Info
	Folder bool // Key then ends in "/", Size is 0
}

// Range is a part of the bytes. The zero Range is all of them.
type Range struct {
	Offset int64
	Length int64 // 0 means to the end
}

// List says what to list: keys that begin with Prefix and come after After.
type List struct {
	Prefix string // "" or ending in "/" for a folder
	Deep   bool   // all keys below; else one level, with folders as entries
	After  string // the last key of the page before
	Limit  int    // at most so many, 0 means 1,000
}

// Part is one uploaded part of a multipart upload.
type Part struct {
	Number int // from 1
	ETag   string
}

// Pourer is a reader with buffers of its own: who needs the bytes for something else
// as well, a hash for one, hands on what it has instead of a copy.
type Pourer interface {
	io.Reader
	// Pour writes all that is left, a buffer at a time, which w must not keep.
	Pour(w io.Writer) (n int64, err error)
}

// Sweeper clears away what nobody will finish.
type Sweeper interface {
	// Sweep forgets the uploads, and what else dead processes left half done,
	// that nothing has come to since olderThan, and tells how many there were.
	// Stored bytes stay. Where a store keeps only the beginning of an upload,
	// that counts.
	Sweep(ctx context.Context, olderThan time.Time) (n int, err error)
}

// Store keeps bytes by key. Every method answers fault.Invalid for a key that
// is none, fault.Unavailable when the store cannot be reached.
type Store interface {
	// Put stores all of r under key, replacing what was there. With a size
	// other than Unknown, more or fewer bytes are fault.Invalid and nothing is stored.
	Put(ctx context.Context, key string, r io.Reader, size int64) (Info, error)
	// Get opens the bytes. fault.NotFound when there are none; fault.Invalid
	// when the range begins after the end. The caller closes.
	Get(ctx context.Context, key string, part Range) (io.ReadCloser, Info, error)
	// Stat answers fault.NotFound when there are none.
	Stat(ctx context.Context, key string) (Info, error)
	// Delete removes the bytes; that there are none is no error.
	Delete(ctx context.Context, key string) error
	// List answers one page.
	List(ctx context.Context, list List) ([]Entry, error)

	// CreateUpload begins a multipart upload to key.
	CreateUpload(ctx context.Context, key string) (upload string, err error)
	// PutPart stores one part, replacing the part of the same number.
	PutPart(ctx context.Context, key, upload string, number int, r io.Reader, size int64) (Part, error)
	// CompleteUpload makes the parts, in order of number, the bytes of key.
	// fault.NotFound for an unknown upload, fault.Invalid for parts that are not there.
	// To complete it once more, as a client does that missed the answer, gives the
	// same answer as long as key holds these bytes.
	CompleteUpload(ctx context.Context, key, upload string, parts []Part) (Info, error)
	// AbortUpload forgets an upload; an unknown one is no error.
	AbortUpload(ctx context.Context, key, upload string) error

	Sweeper

	// Check proves that the store can be read and written, for tacit doctor.
	Check(ctx context.Context) error
	// Address is where the store is, without secrets.
	Address() string
}
