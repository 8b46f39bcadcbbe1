package lake

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"unicode/utf8"
)

// A write-ahead file is its magic and then frames: the length of a payload and
// its CRC-32C, four bytes each and little-endian, and the payload. A payload is
// one Append: its version, when it came, its table, and its rows by column.
const (
	magic       = "tacitwa1"
	frameHead   = 8
	maxFrame    = 64 << 20
	maxRows     = 1 << 20 // of one Append
	maxWide     = 2000    // columns of a table
	maxColumn   = 200     // bytes of a column's name
	maxDays     = 1000    // different days in one Append
	frameFormat = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// stamped is one Append.
type stamped struct {
	table Table
	at    int64  // microseconds
	time  string // the column by whose days rows are laid, "" for at
	batch *Batch
}

// errTorn is a frame that was not written to its end.
var errTorn = errors.New("lake: the write-ahead file breaks off")

// errDamaged is a frame that is there and is none.
var errDamaged = errors.New("lake: the write-ahead file is damaged")

// frame writes an Append as a frame.
func frame(s stamped) []byte {
	b := make([]byte, frameHead, frameHead+64+s.batch.Rows*len(s.batch.Columns)*8)
	b = append(b, frameFormat)
	b = binary.AppendVarint(b, s.at)
	b = appendText(b, s.table.Workspace)
	b = appendText(b, s.table.Name)
	b = appendText(b, s.time)
	b = binary.AppendUvarint(b, uint64(s.batch.Rows))
	b = binary.AppendUvarint(b, uint64(len(s.batch.Columns)))
	for i, c := range s.batch.Columns {
		b = appendText(b, c.Name)
		b = append(b, byte(c.Kind))
		b = appendVector(b, &s.batch.Vectors[i], s.batch.Rows)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-frameHead))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[frameHead:], castagnoli))
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendBits(b []byte, bits []bool) []byte {
	start := len(b)
	b = append(b, make([]byte, (len(bits)+7)/8)...)
	for i, bit := range bits {
		if bit {
			b[start+i/8] |= 1 << (i % 8)
		}
	}
	return b
}

func appendVector(b []byte, v *Vector, rows int) []byte {
	if v.Nulls == nil {
		b = append(b, 0)
	} else {
		b = appendBits(append(b, 1), v.Nulls[:rows])
	}
	switch v.Kind {
	case Bool:
		return appendBits(b, v.Bools[:rows])
	case Int:
		for _, x := range v.Ints[:rows] {
			b = binary.LittleEndian.AppendUint64(b, uint64(x))
		}
	case Float:
		for _, x := range v.Floats[:rows] {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
	default:
		for _, x := range v.Texts[:rows] {
			b = appendText(b, x)
		}
	}
	return b
}

// readFrame reads one frame from r. io.EOF behind the last one; errTorn where
// the file breaks off, as a process that dies leaves it, errDamaged for what is
// no frame.
func readFrame(r io.Reader) (stamped, error) {
	var head [frameHead]byte
	n, err := io.ReadFull(r, head[:])
	if n == 0 && err == io.EOF {
		return stamped{}, io.EOF
	}
	if err == io.ErrUnexpectedEOF {
		return stamped{}, errTorn
	}
	if err != nil {
		return stamped{}, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size == 0 && head == [frameHead]byte{} {
		return stamped{}, errTorn // what a file was lengthened by when the machine stopped
	}
	if size == 0 || size > maxFrame {
		return stamped{}, errDamaged
	}
	// Memory is taken as bytes come, not as a length says.
	payload, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err != nil {
		return stamped{}, err
	}
	if len(payload) != int(size) {
		return stamped{}, errTorn
	}
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
		return stamped{}, errDamaged
	}
	d := &decoder{b: payload}
	s := d.append()
	if d.bad || len(d.b) > 0 || s.table.check() != nil || len(s.batch.Columns) == 0 {
		return stamped{}, errDamaged
	}
	return s, nil
}

// decoder reads a payload; bad once it is none.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) append() stamped {
	var s stamped
	if d.byte() != frameFormat {
		d.bad = true
	}
	at, n := binary.Varint(d.b)
	d.skip(n)
	s.at = at
	s.table = Table{d.text(), d.text()}
	s.time = d.text()
	rows, columns := d.number(maxRows), d.number(maxWide)
	s.batch = &Batch{Rows: rows}
	for range columns {
		c := Column{Name: d.text(), Kind: Kind(d.byte())}
		if d.bad || !storable(c.Kind) || len(c.Name) > maxColumn {
			d.bad = true
			return s
		}
		s.batch.Columns = append(s.batch.Columns, c)
		s.batch.Vectors = append(s.batch.Vectors, d.vector(c.Kind, rows))
	}
	return s
}

func (d *decoder) skip(n int) {
	if n <= 0 || n > len(d.b) {
		d.bad, d.b = true, nil
		return
	}
	d.b = d.b[n:]
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.bad = true
		return 0
	}
	x := d.b[0]
	d.b = d.b[1:]
	return x
}

// number is one of at most most.
func (d *decoder) number(most uint64) int {
	x, n := binary.Uvarint(d.b)
	d.skip(n)
	if x > most {
		d.bad = true
		return 0
	}
	return int(x)
}

// bytes are the next n.
func (d *decoder) bytes(n int) []byte {
	if n > len(d.b) {
		d.bad = true
		return nil
	}
	x := d.b[:n]
	d.b = d.b[n:]
	return x
}

func (d *decoder) text() string {
	return string(d.bytes(d.number(maxFrame)))
}

func (d *decoder) bits(n int) []bool {
	packed := d.bytes((n + 7) / 8)
	if d.bad {
		return nil
	}
	all := make([]bool, n)
	for i := range all {
		all[i] = packed[i/8]&(1<<(i%8)) != 0
	}
	return all
}

func (d *decoder) vector(kind Kind, rows int) Vector {
	v := Vector{Kind: kind}
	switch d.byte() {
	case 0:
	case 1:
		v.Nulls = d.bits(rows)
	default:
		d.bad = true
	}
	switch kind {
	case Bool:
		v.Bools = d.bits(rows)
	case Int, Float:
		raw := d.bytes(rows * 8)
		for i := 0; i+8 <= len(raw); i += 8 {
			if x := binary.LittleEndian.Uint64(raw[i:]); kind == Int {
				v.Ints = append(v.Ints, int64(x))
			} else {
				v.Floats = append(v.Floats, math.Float64frombits(x))
			}
		}
	default:
		// Each text is a byte at least.
		if rows > len(d.b) {
			d.bad = true
			return v
		}
		v.Texts = make([]string, 0, rows)
		for range rows {
			s := d.text()
			if kind == Text && !utf8.ValidString(s) {
				d.bad = true
			}
			v.Texts = append(v.Texts, s)
		}
	}
	return v
}
