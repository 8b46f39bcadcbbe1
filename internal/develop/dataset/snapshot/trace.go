package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"

	"github.com/tacit-ml/tacit/internal/develop/dataset/staging"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
)

// Trace tells the files that a command left at a place from any that somebody wrote
// there since, were it with the same bytes: it is of their names, inodes, sizes and times
// of writing.
type Trace [16]byte

// TraceOf is the trace of the files of a place, in the order of a walk.
func TraceOf(files []worktree.File) Trace {
	return trace(func(yield func(*worktree.File) bool) {
		for i := 0; i < len(files) && yield(&files[i]); i++ {
		}
	})
}

// traceOf is TraceOf of files that were hashed.
func traceOf(entries []staging.Entry) Trace {
	return trace(func(yield func(*worktree.File) bool) {
		for i := 0; i < len(entries) && yield(entries[i].File); i++ {
		}
	})
}

func trace(files iter.Seq[*worktree.File]) (t Trace) {
	h := sha256.New()
	var text []byte
	for f := range files {
		text = append(append(text[:0], f.Path...), 0)
		for _, n := range []uint64{f.Inode, uint64(f.Size), uint64(f.Mtime)} {
			text = binary.LittleEndian.AppendUint64(text, n)
		}
		h.Write(text)
	}
	copy(t[:], h.Sum(nil))
	return t
}
