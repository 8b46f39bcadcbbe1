package inspect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// Inspector reads files. It keeps nothing of them and may be used by many
// goroutines at once.
type Inspector struct {
	vetting *pickle.Vetting
	budget  Budget
	formats []format
	units   []unit
}

// New makes an inspector that judges globals by a vetting, within a budget for
// each file.
func New(v *pickle.Vetting, b Budget) *Inspector {
	return &Inspector{vetting: v, budget: b, formats: formats(), units: units(v)}
}

// File inspects one file. What cannot be read is a part whose status is an
// error; when the context ends the part is inconclusive.
func (i *Inspector) File(ctx context.Context, s *Source) Part {
	return i.Explain(ctx, s, nil)
}

// Explain is File, and tells of each pickle in the file while it is read: the
// report's trace, and the source, which must not be kept.
func (i *Inspector) Explain(ctx context.Context, s *Source, pickles func(s *Source, r pickle.Report)) Part {
	reading := *s
	reading.Bytes = timed{ctx, s.Bytes}
	var sum string
	var failed error
	var hashing sync.WaitGroup
	hashing.Go(func() { sum, failed = hash(reading.Bytes, s.Size) })
	v := newVisit(ctx, i, s.Size)
	v.pickles = pickles
	p := v.part(&reading)
	hashing.Wait()
	if failed != nil {
		status := pickle.Failure
		if ctx.Err() != nil {
			status = pickle.Inconclusive
		}
		if p.Status < status {
			p.Status, p.Reason = status, failed.Error()
		}
		p.Verdict = judge(p.Status, p.Findings)
		return p
	}
	p.SHA256 = sum
	return p
}

// hash is the SHA-256 of a file of a size, in hex.
func hash(r io.ReaderAt, size int64) (string, error) {
	sum := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{io.NewSectionReader(r, 0, size)}, make([]byte, 256<<10))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", fmt.Errorf("read %d of %d bytes: %w", n, size, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// timed is bytes that can be read until the time is over.
type timed struct {
	ctx context.Context
	r   io.ReaderAt
}

func (t timed) ReadAt(p []byte, off int64) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	return t.r.ReadAt(p, off)
}

// open inspects a file of a file system, and notes what it looks for beside it.
func (i *Inspector) open(ctx context.Context, fsys fs.FS, name string, d fs.DirEntry, l *lookedFor) Part {
	if d.Type()&fs.ModeSymlink != 0 {
		return linked(fsys, name)
	}
	if !d.Type().IsRegular() {
		return unread(name, 0, pickle.Inconclusive, errIrregular.Error())
	}
	s, closing, err := Open(fsys, name)
	if err != nil {
		return unread(name, 0, pickle.Failure, err.Error())
	}
	defer closing()
	l.note(s)
	return i.File(ctx, s)
}
