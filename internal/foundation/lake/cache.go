package lake

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
)

// cache keeps fetched segments, which never change, up to so many bytes.
type cache struct {
	tables *Tables
	mu     sync.Mutex
	kept   map[string]*fetched // by the name of the file
	bytes  int64
	clock  int64 // counts uses
}

type fetched struct {
	path    string
	size    int64
	used    int64
	readers int
	done    chan struct{} // closed when it is there, or failed
	err     error
}

// openCache finds what a process before fetched.
func openCache(t *Tables) (*cache, error) {
	c := &cache{tables: t, kept: map[string]*fetched{}}
	entries, err := os.ReadDir(t.path(cacheFolder))
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	close(done)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		c.kept[e.Name()] = &fetched{path: t.path(cacheFolder, e.Name()), size: info.Size(), done: done}
		c.bytes += info.Size()
	}
	return c, nil
}

// local gives the file of a segment, which stays until release.
func (t *Tables) local(ctx context.Context, s stored) (path string, release func(), err error) {
	if t.Local != nil {
		if path, ok := t.Local(s.Key); ok {
			return path, func() {}, nil
		}
	}
	return t.cache.get(ctx, s.Info)
}

func (c *cache) get(ctx context.Context, of blobs.Info) (string, func(), error) {
	sum := sha256.Sum256([]byte(of.Key))
	name := hex.EncodeToString(sum[:20]) + ".parquet"
	c.mu.Lock()
	c.clock++
	f := c.kept[name]
	mine := f == nil
	if mine {
		f = &fetched{path: c.tables.path(cacheFolder, name), done: make(chan struct{})}
		c.kept[name] = f
	}
	f.readers++
	f.used = c.clock
	c.mu.Unlock()
	if mine {
		f.size, f.err = c.fetch(ctx, of, f.path)
		c.mu.Lock()
		c.bytes += f.size
		if f.err != nil {
			delete(c.kept, name)
		}
		c.mu.Unlock()
		close(f.done)
	}
	release := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		f.readers--
		c.evict()
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		release()
		return "", nil, ctx.Err()
	}
	if f.err != nil {
		release()
		return "", nil, f.err
	}
	return f.path, release, nil
}

// evict removes what was not used for longest, while there is too much and
// nobody reads it.
func (c *cache) evict() {
	for c.bytes > c.tables.Cache {
		oldest := ""
		for name, f := range c.kept {
			select {
			case <-f.done:
				if f.readers == 0 && (oldest == "" || f.used < c.kept[oldest].used) {
					oldest = name
				}
			default:
			}
		}
		if oldest == "" {
			return
		}
		c.bytes -= c.kept[oldest].size
		_ = os.Remove(c.kept[oldest].path)
		delete(c.kept, oldest)
	}
}

// fetch writes a segment to a file that is there completely or not at all.
func (c *cache) fetch(ctx context.Context, of blobs.Info, path string) (_ int64, err error) {
	body, info, err := c.tables.Blobs.Get(ctx, of.Key, blobs.Range{})
	if err != nil {
		return 0, err
	}
	defer func() { _ = body.Close() }()
	work := c.tables.path(workFolder, fmt.Sprintf("%d", c.tables.made.Add(1)))
	file, err := os.OpenFile(work, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(work)
		}
	}()
	out := bufio.NewWriterSize(file, 1<<18)
	n, err := io.Copy(out, body)
	if err == nil && n != info.Size {
		err = fmt.Errorf("lake: %s has %d bytes, %d came", of.Key, info.Size, n)
	}
	err = errors.Join(err, out.Flush(), file.Sync(), file.Close())
	if err != nil {
		return 0, err
	}
	if err = os.Rename(work, path); err != nil {
		return 0, err
	}
	return n, syncFolder(filepath.Dir(path))
}
