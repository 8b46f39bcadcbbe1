package compat

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// value is an opcode's argument.
type value struct {
	kind kind
	text string // of a string; else what str() gives
}

type kind byte

const (
	none kind = iota
	text
	boolean
	integer
	float
	octets
	array
)

// typeName is Python's name of the type.
func (k kind) typeName() string {
	return [...]string{"NoneType", "str", "bool", "int", "float", "bytes", "bytearray"}[k]
}

// op is an opcode where it stands.
type op struct {
	code pickle.Opcode
	name string
	at   int64
}

// next reads an opcode, as pickletools.genops does, and its argument when it is
// wanted. What genops raises is a failure.
func (s *stream) next(wanted bool) (op, value, error) {
	o := op{at: s.at}
	b, ok, err := s.readByte()
	switch {
	case err != nil:
		return o, value{}, err
	case !ok:
		return o, value{}, raise(valueError, "pickle exhausted before seeing STOP")
	}
	o.code = pickle.Opcode(b)
	o.name = o.code.String()
	if strings.HasPrefix(o.name, "0x") {
		return o, value{}, raise(valueError, "at position %d, opcode %s unknown", o.at, reprBytes([]byte{b}))
	}
	v, err := s.argument(o, wanted)
	return o, v, err
}

// argument reads what follows an opcode.
func (s *stream) argument(o op, wanted bool) (value, error) {
	switch o.name {
	case "INT", "GET", "PUT":
		return s.decimal(false)
	case "LONG":
		return s.decimal(true)
	case "FLOAT":
		return s.decimalFloat()
	case "BININT1", "BINGET", "BINPUT", "PROTO", "EXT1":
		return s.number(1, "uint1")
	case "BININT2", "EXT2":
		return s.number(2, "uint2")
	case "BININT", "EXT4":
		return s.signed("int4")
	case "LONG_BINGET", "LONG_BINPUT":
		return s.number(4, "uint4")
	case "FRAME":
		return s.number(8, "uint8")
	case "BINFLOAT":
		b, err := s.exactly(8, "float8")
		if err != nil {
			return value{}, err
		}
		return value{float, reprFloat(math.Float64frombits(binary.BigEndian.Uint64(b)))}, nil
	case "LONG1", "LONG4":
		return s.long(o.name)
	case "STRING", "UNICODE", "PERSID", "GLOBAL", "INST":
		return s.lines(o.name)
	case "BINSTRING", "SHORT_BINSTRING", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8":
		return s.counted(o.name, wanted)
	}
	return value{}, nil
}

// exactly reads n bytes that must be there.
func (s *stream) exactly(n int64, name string) ([]byte, error) {
	b, err := s.read(n)
	if err == nil && int64(len(b)) < n {
		err = raise(valueError, "not enough data in stream to read %s", name)
	}
	return b, err
}

func (s *stream) number(n int64, name string) (value, error) {
	b, err := s.exactly(n, name)
	if err != nil {
		return value{}, err
	}
	var wide [8]byte
	copy(wide[:], b)
	return value{integer, strconv.FormatUint(binary.LittleEndian.Uint64(wide[:]), 10)}, nil
}

func (s *stream) signed(name string) (value, error) {
	b, err := s.exactly(4, name)
	if err != nil {
		return value{}, err
	}
	return value{integer, strconv.Itoa(int(int32(binary.LittleEndian.Uint32(b))))}, nil
}

// long reads a number of any length, the lowest byte first, in two's complement.
func (s *stream) long(name string) (value, error) {
	name = strings.ToLower(name)
	var n int64
	if name == "long1" {
		b, err := s.exactly(1, "uint1")
		if err != nil {
			return value{}, err
		}
		n = int64(b[0])
	} else {
		b, err := s.exactly(4, "int4")
		if err != nil {
			return value{}, err
		}
		if n = int64(int32(binary.LittleEndian.Uint32(b))); n < 0 {
			return value{}, raise(valueError, "long4 byte count < 0: %d", n)
		}
	}
	b, err := s.exactly(n, name)
	if err != nil {
		return value{}, err
	}
	v := littleEndian(b)
	if n > mostDigitBytes { // whoever prints it meets Python's limit of digits first
		return value{integer, ""}, nil
	}
	return value{integer, v.String()}, nil
}

// mostDigitBytes is the longest number whose digits are written out.
const mostDigitBytes = 1 << 10

func littleEndian(b []byte) *big.Int {
	turned := make([]byte, len(b))
	for i, c := range b {
		turned[len(b)-1-i] = c
	}
	v := new(big.Int).SetBytes(turned)
	if len(b) > 0 && b[len(b)-1]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}

// lines reads arguments that end with a newline.
func (s *stream) lines(name string) (value, error) {
	switch name {
	case "STRING":
		return s.quoted()
	case "UNICODE":
		b, err := s.line()
		if err != nil {
			return value{}, err
		}
		if len(b) == 0 || b[len(b)-1] != '\n' {
			return value{}, raise(valueError, "no newline found when trying to read unicodestringnl")
		}
		t, err := decodeRawUnicode(b[:len(b)-1])
		return value{text, t}, err
	case "PERSID":
		t, err := s.plainLine()
		return value{text, t}, err
	}
	module, err := s.plainLine()
	if err != nil {
		return value{}, err
	}
	n, err := s.plainLine()
	return value{text, module + " " + n}, err
}

// bareLine is a line without its newline, which must be there.
func (s *stream) bareLine() ([]byte, error) {
	b, err := s.line()
	if err != nil {
		return nil, err
	}
	if len(b) == 0 || b[len(b)-1] != '\n' {
		return nil, raise(valueError, "no newline found when trying to read stringnl")
	}
	return b[:len(b)-1], nil
}

func (s *stream) plainLine() (string, error) {
	b, err := s.bareLine()
	if err == nil {
		b, err = unescape(b)
	}
	if err != nil {
		return "", err
	}
	return decodeASCII(b)
}

func (s *stream) quoted() (value, error) {
	b, err := s.bareLine()
	if err != nil {
		return value{}, err
	}
	if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
		return value{}, raise(valueError, "no string quotes around %s", reprBytes(b))
	}
	if b[len(b)-1] != b[0] {
		return value{}, raise(valueError, "strinq quote %s not found at both ends of %s", reprBytes(b[:1]), reprBytes(b))
	}
	b = b[1:max(len(b)-1, 1)]
	if b, err = unescape(b); err != nil {
		return value{}, err
	}
	t, err := decodeASCII(b)
	return value{text, t}, err
}

// counted reads arguments whose length stands before them.
func (s *stream) counted(name string, wanted bool) (value, error) {
	word, k, width := counting(name)
	b, err := s.exactly(width, map[int64]string{1: "uint1", 4: "uint4", 8: "uint8"}[width])
	if name == "BINSTRING" && isA(err, valueError) {
		err = raise(valueError, "not enough data in stream to read int4")
	}
	if err != nil {
		return value{}, err
	}
	var wide [8]byte
	copy(wide[:], b)
	n := binary.LittleEndian.Uint64(wide[:])
	switch {
	case name == "BINSTRING" && int32(n) < 0:
		return value{}, raise(valueError, "string4 byte count < 0: %d", int32(n))
	case n > math.MaxInt64:
		return value{}, raise(valueError, "%s byte count > sys.maxsize: %d", word, n)
	case !s.clamps && n > math.MaxInt64-bytesHeader:
		return value{}, raise("OverflowError", "byte string is too large")
	case !s.clamps && n > mostMemory:
		return value{}, raise("MemoryError", "")
	}
	if from := s.at; !wanted && !strings.HasPrefix(word, "unicode") {
		got, err := s.pass(n)
		if err == nil && got < n {
			err = raise(valueError, "expected %d bytes in a %s, but only %d remain", n, word, s.at-from)
		}
		return value{kind: k}, err
	}
	if b, err = s.read(int64(min(n, uint64(max(s.size-s.at, 0)+1)))); err != nil {
		return value{}, err
	}
	if uint64(len(b)) < n {
		return value{}, raise(valueError, "expected %d bytes in a %s, but only %d remain", n, word, len(b))
	}
	switch word {
	case "string1", "string4":
		return value{text, decodeLatin1(b)}, nil
	case "bytes1", "bytes4", "bytes8":
		return value{octets, reprBytes(b)}, nil
	case "bytearray8":
		return value{array, "bytearray(" + reprBytes(b) + ")"}, nil
	}
	t, err := decodeUTF8(b, true)
	return value{text, t}, err
}

const (
	// A file makes room for all that is asked for before it reads: what no machine
	// has is another error than what the file does not have.
	mostMemory  = 64 << 30
	bytesHeader = 33 // of a bytes object
)

// counting are pickletools' word for an argument, its type and the width of its
// length.
func counting(name string) (word string, k kind, width int64) {
	switch name {
	case "BINSTRING":
		return "string4", text, 4
	case "SHORT_BINSTRING":
		return "string1", text, 1
	case "BINUNICODE":
		return "unicodestring4", text, 4
	case "SHORT_BINUNICODE":
		return "unicodestring1", text, 1
	case "BINUNICODE8":
		return "unicodestring8", text, 8
	case "BINBYTES":
		return "bytes4", octets, 4
	case "SHORT_BINBYTES":
		return "bytes1", octets, 1
	case "BINBYTES8":
		return "bytes8", octets, 8
	}
	return "bytearray8", array, 8
}
