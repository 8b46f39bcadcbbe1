package lake

import (
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TableSettings are where tables lie. What is zero is the default, but Folder,
// Blobs, Now and Random.
type TableSettings struct {
	// Folder holds the write-ahead files and what is kept of segments. One process
	// has it at a time.
	Folder string
	Blobs  blobs.Store
	Now    func() time.Time
	Random io.Reader // names the process's write-ahead files; must never fail
	// Local gives the file of a key, where the store of bytes has one. Else
	// segments are fetched into Folder.
	Local func(key string) (path string, ok bool)

	SealBytes int64         // a write-ahead file is closed at this size; 16 MiB
	Unsealed  int64         // so much at most waits to become segments, else Append is refused; 512 MiB
	Cache     int64         // bytes of fetched segments that are kept; 4 GiB
	Segment   int64         // compaction makes segments of about so many bytes; 128 MiB
	Least     int           // so many small segments of a day are worth merging; 8
	Grace     time.Duration // how long what compaction replaced stays for those who read it; 15 minutes
}

func (s TableSettings) filled() TableSettings {
	for _, f := range []struct {
		of    *int64
		usual int64
	}{{&s.SealBytes, 16 << 20}, {&s.Unsealed, 512 << 20}, {&s.Cache, 4 << 30}, {&s.Segment, 128 << 20}} {
		if *f.of <= 0 {
			*f.of = f.usual
		}
	}
	if s.Least < 2 {
		s.Least = 8
	}
	if s.Grace <= 0 {
		s.Grace = 15 * time.Minute
	}
	return s
}

// The folders of Folder.
const (
	walFolder   = "wal"   // write-ahead files
	tailFolder  = "tail"  // what of them is asked, as Parquet
	cacheFolder = "cache" // fetched segments
	workFolder  = "work"  // what is being written
)

// Tables are the tables of one process: what it appends, and the segments of all.
type Tables struct {
	TableSettings
	writer    string // names this process's write-ahead files, never used before
	declaring sync.Mutex
	sealing   sync.Mutex // one Seal or recovery at a time
	compacts  sync.Mutex
	cache     *cache
	made      atomic.Int64 // of names

	mu          sync.Mutex
	known       map[Table]Declaration
	manifests   map[string]cachedManifest // by key
	generations []*generation             // not yet segments, oldest first; the last is written to
	unsealed    int64
	forming     *group
	wake        chan struct{} // something is forming, or all ends
	ending      bool
	ended       chan struct{} // the writer has ended
	broken      error         // why nothing can be appended any more
	file        *os.File      // of the last generation
	damaged     []string
}

// OpenTables takes up what a process before acknowledged and made no segments of,
// and begins a write-ahead file. Seal must be called every few seconds.
func OpenTables(s TableSettings) (_ *Tables, err error) {
	defer fault.Wrap(&err, "lake.OpenTables")
	var name [8]byte
	if _, err := io.ReadFull(s.Random, name[:]); err != nil {
		return nil, err
	}
	t := &Tables{
		TableSettings: s.filled(), writer: hex.EncodeToString(name[:]), known: map[Table]Declaration{}, manifests: map[string]cachedManifest{},
		forming: newGroup(), wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	if t.Folder, err = filepath.Abs(t.Folder); err != nil {
		return nil, err
	}
	for _, folder := range []string{tailFolder, workFolder} {
		if err := os.RemoveAll(t.path(folder)); err != nil {
			return nil, err
		}
	}
	for _, folder := range []string{walFolder, tailFolder, cacheFolder, workFolder} {
		if err := os.MkdirAll(t.path(folder), 0o700); err != nil {
			return nil, fault.Because(err, fault.Unavailable, "The folder %s for tables cannot be made.", t.Folder)
		}
	}
	if t.cache, err = openCache(t); err != nil {
		return nil, err
	}
	if err := t.recover(); err != nil {
		return nil, err
	}
	if err := t.rotate(); err != nil {
		return nil, err
	}
	go t.write()
	return t, nil
}

func (t *Tables) path(parts ...string) string {
	return filepath.Join(append([]string{t.Folder}, parts...)...)
}

// Close ends writing. What was acknowledged and is no segment yet stays in
// write-ahead files, for the next OpenTables; Seal before makes segments of it.
func (t *Tables) Close() error {
	t.mu.Lock()
	if t.ending {
		t.mu.Unlock()
		return nil
	}
	t.ending = true
	t.mu.Unlock()
	t.poke()
	<-t.ended
	return t.file.Close()
}

// poke wakes the writer.
func (t *Tables) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}
