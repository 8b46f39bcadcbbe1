//go:build linux

package main

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// corpus writes the files that are scanned: the formats are those of the
// libraries, the numbers are drawn with a fixed seed.
type corpus struct {
	folder string
	random *rand.ChaCha8
	err    error
	size   int64
}

func newCorpus(folder string) *corpus {
	return &corpus{folder: folder, random: rand.NewChaCha8([32]byte{1})}
}

// file writes one file; after an error nothing is written.
func (c *corpus) file(name string, write func(w *bufio.Writer) error) {
	if c.err != nil {
		return
	}
	path := filepath.Join(c.folder, name)
	if c.err = os.MkdirAll(filepath.Dir(path), 0o755); c.err != nil {
		return
	}
	f, err := os.Create(path)
	if err != nil {
		c.err = err
		return
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = write(w)
	if err = errors.Join(err, w.Flush()); err == nil {
		info, stat := f.Stat()
		if err = stat; err == nil {
			c.size += info.Size()
		}
	}
	c.err = errors.Join(err, f.Close())
}

// numbers writes n bytes of float32 weights around nought, as trained ones are.
func (c *corpus) numbers(w io.Writer, n int64) error {
	block := make([]byte, 1<<20)
	random := rand.New(c.random)
	for n > 0 {
		b := block[:min(n, int64(len(block)))]
		for i := 0; i+4 <= len(b); i += 4 {
			binary.LittleEndian.PutUint32(b[i:], math.Float32bits(float32(random.Int32())/(1<<34)))
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		n -= int64(len(b))
	}
	return nil
}

// array is a pickle, protocol 4, of a numpy array of n bytes.
func (c *corpus) array(n int64) func(w *bufio.Writer) error {
	return func(w *bufio.Writer) error {
		p := pickler{w: w}
		p.raw("\x80\x04")
		p.ndarray(n, func() { p.keep(c.numbers(w, n)) })
		p.raw(".")
		return p.err
	}
}

// records is a pickle of at least n bytes of a list of dicts of short values, as
// a table read by csv, or what a vectorizer has counted.
func (c *corpus) records(n int64) func(w *bufio.Writer) error {
	return func(w *bufio.Writer) error {
		p := pickler{w: w}
		p.raw("\x80\x04")
		p.records(n, rand.New(c.random))
		p.raw(".")
		return p.err
	}
}

// both is a pickle of an array of n bytes and of records of m.
func (c *corpus) both(n, m int64) func(w *bufio.Writer) error {
	return func(w *bufio.Writer) error {
		p := pickler{w: w}
		p.raw("\x80\x04")
		p.ndarray(n, func() { p.keep(c.numbers(w, n)) })
		p.records(m, rand.New(c.random))
		p.raw("\x86.") // TUPLE2, STOP
		return p.err
	}
}

// torch is an archive of torch.save of tensors of n bytes each.
func (c *corpus) torch(tensors int, n int64) func(w *bufio.Writer) error {
	return func(w *bufio.Writer) error {
		z := zip.NewWriter(w)
		data, err := z.CreateHeader(&zip.FileHeader{Name: "archive/data.pkl"})
		if err != nil {
			return err
		}
		p := pickler{w: bufio.NewWriter(data)}
		p.stateDict(tensors, n)
		if err := errors.Join(p.err, p.w.Flush()); err != nil {
			return err
		}
		for i := range tensors {
			member, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("archive/data/%d", i)})
			if err != nil {
				return err
			}
			if err := c.numbers(member, n); err != nil {
				return err
			}
		}
		version, err := z.CreateHeader(&zip.FileHeader{Name: "archive/version"})
		if err != nil {
			return err
		}
		_, err = io.WriteString(version, "3\n")
		return errors.Join(err, z.Close())
	}
}

// safetensors is a file of one tensor of n bytes.
func (c *corpus) safetensors(n int64) func(w *bufio.Writer) error {
	return func(w *bufio.Writer) error {
		header := fmt.Sprintf(`{"weight":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, n/4, n)
		_, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header))))
		if err == nil {
			_, err = w.WriteString(header)
		}
		return errors.Join(err, c.numbers(w, n))
	}
}

// npy is a numpy file of n bytes of numbers.
func (c *corpus) npy(n int64) func(w *bufio.Writer) error {
	return func(w *bufio.Writer) error {
		header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }", n/4)
		for (10+len(header)+1)%64 != 0 {
			header += " "
		}
		header += "\n"
		_, err := w.WriteString("\x93NUMPY\x01\x00")
		if err == nil {
			_, err = w.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(header))))
		}
		if err == nil {
			_, err = w.WriteString(header)
		}
		return errors.Join(err, c.numbers(w, n))
	}
}
