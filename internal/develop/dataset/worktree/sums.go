package worktree

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// Record is the MD5 that a file had when it was as Stat says.
type Record struct {
	Path string
	Stat
	Sum [16]byte
}

// Sums are kept records, sorted by path. The zero value has none.
type Sums struct {
	records []byte // recordSize bytes each
	paths   []byte
}

// The file, in little-endian numbers: magic, count of records (8 bytes), length of
// paths (8 bytes), the records, the paths, CRC-32C of all before it (4 bytes). A
// record is where its path begins and ends, then its Stat, then its sum.
const (
	magic      = "tacitsums1\n\x00\x00\x00\x00\x00"
	headerSize = len(magic) + 16
	recordSize = 2*8 + 5*8 + 8 + 16
)

// ReadSums reads what Save wrote. A file that is not there, or is not whole, is as
// if it had no records: sums can always be made anew.
func ReadSums(file string) (*Sums, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &Sums{}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseSums(content), nil
}

func parseSums(content []byte) *Sums {
	if len(content) < headerSize+4 || string(content[:len(magic)]) != magic {
		return &Sums{}
	}
	body, end := content[:len(content)-4], content[len(content)-4:]
	if crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(end) {
		return &Sums{}
	}
	count := binary.LittleEndian.Uint64(body[len(magic):])
	paths := binary.LittleEndian.Uint64(body[len(magic)+8:])
	rest := body[headerSize:]
	if count > uint64(len(rest))/recordSize || count*recordSize+paths != uint64(len(rest)) {
		return &Sums{}
	}
	s := &Sums{records: rest[:count*recordSize], paths: rest[count*recordSize:]}
	for i := range s.Len() {
		from, to := s.extent(i)
		if from > to || to > uint64(len(s.paths)) {
			return &Sums{}
		}
	}
	return s
}

// Len is how many records there are.
func (s *Sums) Len() int { return len(s.records) / recordSize }

func (s *Sums) extent(i int) (from, to uint64) {
	r := s.records[i*recordSize:]
	return binary.LittleEndian.Uint64(r), binary.LittleEndian.Uint64(r[8:])
}

// path is of a record, without a copy.
func (s *Sums) path(i int) []byte {
	from, to := s.extent(i)
	return s.paths[from:to]
}

// at reads a record but for its path.
func (s *Sums) at(i int) (Stat, [16]byte) {
	r := s.records[i*recordSize+16:]
	n := binary.LittleEndian.Uint64
	stat := Stat{Device: n(r), Inode: n(r[8:]), Size: int64(n(r[16:])), Mtime: int64(n(r[24:])), Ctime: int64(n(r[32:])), Mode: fs.FileMode(n(r[40:]))}
	return stat, [16]byte(r[48:64])
}

// Cursor finds the records of many paths that are asked in their order, each in
// steady time. It may be asked in any order; it is slower then.
type Cursor struct {
	sums *Sums
	next int
}

// Cursor begins at the first record.
func (s *Sums) Cursor() *Cursor { return &Cursor{sums: s} }

// Find gives the sum of a file, if one is kept and the file is as it was.
func (c *Cursor) Find(path string, stat Stat) (sum [16]byte, ok bool) {
	i, found := c.seek(path)
	c.next = i
	if !found {
		return sum, false
	}
	kept, sum := c.sums.at(i)
	return sum, kept == stat
}

// seek is where a path is, or would be.
func (c *Cursor) seek(path string) (int, bool) {
	low, high := 0, c.sums.Len()
	if c.next < high {
		switch order := strings.Compare(string(c.sums.path(c.next)), path); {
		case order == 0:
			return c.next, true
		case order < 0:
			low = c.next + 1
			for step := 1; low+step < high; step *= 2 {
				if string(c.sums.path(low+step)) >= path {
					high = low + step + 1
					break
				}
			}
		default:
			high = c.next
		}
	}
	for low < high {
		middle := int(uint(low+high) / 2)
		if string(c.sums.path(middle)) < path {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < c.sums.Len() && string(c.sums.path(low)) == path
}

// AtRest says whether a file had not been written just before the moment it was
// read at. A file that was could be written once more within one step of the file
// system's clock, and look the same. Times with nothing below a millisecond come
// from clocks with steps of up to two seconds (FAT), others from the kernel's tick.
func AtRest(stat Stat, read time.Time) bool {
	last := max(stat.Mtime, stat.Ctime)
	step := 50 * time.Millisecond
	if last%int64(time.Millisecond) == 0 {
		step = 2 * time.Second
	}
	return last < read.Add(-step).UnixNano()
}

// With is what is kept after some places have been looked at: the records given,
// sorted by path, and of the former ones those that lie at none of the places nor
// below.
func (s *Sums) With(places []string, records []Record) *Sums {
	out := newBuilder(s, records)
	places = slices.Sorted(slices.Values(places))
	i := 0
	for _, r := range records {
		i = out.former(s, i, places, func(path []byte) bool { return string(path) < r.Path })
		out.add(r.Path, r.Stat, r.Sum)
	}
	out.former(s, i, places, func([]byte) bool { return true })
	return &Sums{records: out.records, paths: out.paths}
}

// Save writes the records so that a reader sees the former file or this one. It is
// not synced: a file lost in a crash is one that is not whole.
func (s *Sums) Save(file string) (err error) {
	temporary := file + ".tmp"
	if err := s.write(temporary); err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	if err := os.Rename(temporary, file); err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	return nil
}

// write writes the records part by part: with a million files there is no room for
// them twice.
func (s *Sums) write(file string) error {
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	head := binary.LittleEndian.AppendUint64([]byte(magic), uint64(s.Len()))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(s.paths)))
	table, sum := crc32.MakeTable(crc32.Castagnoli), uint32(0)
	for _, part := range [][]byte{head, s.records, s.paths} {
		sum = crc32.Update(sum, table, part)
		if _, err := out.Write(part); err != nil {
			return errors.Join(err, out.Close())
		}
	}
	_, err = out.Write(binary.LittleEndian.AppendUint32(nil, sum))
	return errors.Join(err, out.Close())
}

func removeIfThere(file string) error {
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// builder writes records in the file's form.
type builder struct{ records, paths []byte }

// newBuilder has room for records in the place of former ones, or beside none.
func newBuilder(former *Sums, records []Record) *builder {
	paths := 0
	for i := range records {
		paths += len(records[i].Path)
	}
	return &builder{
		records: make([]byte, 0, recordSize*max(len(records), former.Len())),
		paths:   make([]byte, 0, max(paths, len(former.paths))),
	}
}

func (b *builder) add(path string, stat Stat, sum [16]byte) {
	from := uint64(len(b.paths))
	b.paths = append(b.paths, path...)
	for _, n := range []uint64{from, uint64(len(b.paths)), stat.Device, stat.Inode, uint64(stat.Size), uint64(stat.Mtime), uint64(stat.Ctime), uint64(stat.Mode)} {
		b.records = binary.LittleEndian.AppendUint64(b.records, n)
	}
	b.records = append(b.records, sum[:]...)
}

// former takes over records from i on while before holds, but those at a place.
func (b *builder) former(s *Sums, i int, places []string, before func([]byte) bool) int {
	for ; i < s.Len() && before(s.path(i)); i++ {
		if path := string(s.path(i)); !covered(places, path) {
			stat, sum := s.at(i)
			b.add(path, stat, sum)
		}
	}
	return i
}

// covered says whether a path is one of the sorted places or lies below one; the
// empty place is the whole working copy.
func covered(places []string, path string) bool {
	for {
		if _, ok := slices.BinarySearch(places, path); ok {
			return true
		}
		cut := strings.LastIndexByte(path, '/')
		if cut < 0 {
			_, all := slices.BinarySearch(places, "")
			return all
		}
		path = path[:cut]
	}
}
