package pickle

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// constantAt reads the constant whose opcode is at v's index: its opcode, where
// its bytes are and how many they are.
func constantAt(in *input, v Value) (op Opcode, from, length int64, ok bool) {
	off := v.index()
	head := in.at(off, 9)
	if len(head) == 0 {
		return 0, 0, 0, false
	}
	op = Opcode(head[0])
	a, known := argumentOf(op)
	switch {
	case !known:
		return op, 0, 0, false
	case a.data:
		if len(head) < 1+a.fixed {
			return op, 0, 0, false
		}
		return op, off + 1 + int64(a.fixed), int64(littleEndian(head[1 : 1+a.fixed])), true
	case a.lines == 1:
		n := lineLength(in, off+1)
		return op, off + 1, n, n >= 0
	}
	return op, off + 1, int64(a.fixed), true
}

// lineLength is the length of the line at off, -1 without a newline.
func lineLength(in *input, off int64) int64 {
	for n := int64(0); ; {
		p := in.at(off+n, 4096)
		for i, b := range p {
			if b == '\n' {
				return n + int64(i)
			}
		}
		if n += int64(len(p)); len(p) < 4096 {
			return -1
		}
	}
}

// text is the text of a str or the bytes of a bytes, at most most of them.
// whole is false when there are more.
func text(in *input, v Value, most int) (s string, whole, ok bool) {
	switch v.Kind() {
	case Str, Bytes, ByteArray:
	default:
		return "", false, false
	}
	op, from, n, ok := constantAt(in, v)
	if !ok {
		return "", false, false
	}
	whole = n <= int64(most)
	raw := string(in.at(from, int(min(n, int64(most)))))
	switch op {
	case opString:
		raw = strings.TrimSuffix(raw, "\r")
		if whole && len(raw) >= 2 {
			raw = raw[1 : len(raw)-1]
		} else {
			raw = strings.TrimLeft(raw, `'"`)
		}
		raw = unescape(raw)
	case opUnicode:
		raw = rawUnicode(raw)
	}
	return raw, whole, true
}

// unescape reads the escapes of a Python bytes literal (codecs.escape_decode).
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		i++
		if at := strings.IndexByte(`\'"abfnrtv`, s[i]); at >= 0 {
			out.WriteByte("\\'\"\a\b\f\n\r\t\v"[at])
			continue
		}
		n := escaped(s[i:])
		if n == 0 {
			out.WriteString(`\` + s[i:i+1])
			continue
		}
		digits, radix := s[i:i+n], 8
		if digits[0] == 'x' {
			digits, radix = digits[1:], 16
		}
		v, _ := strconv.ParseUint(digits, radix, 16)
		out.WriteByte(byte(v))
		i += n - 1
	}
	return out.String()
}

// escaped is the length of xHH or of up to three octal digits at the start.
func escaped(s string) int {
	if s[0] == 'x' && len(s) >= 3 && isHex(s[1]) && isHex(s[2]) {
		return 3
	}
	n := 0
	for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		n++
	}
	return n
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

// rawUnicode reads raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX, each
// behind an odd number of backslashes.
func rawUnicode(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		n := 0
		if s[i] == '\\' && i+1 < len(s) {
			n = map[byte]int{'u': 4, 'U': 8}[s[i+1]]
		}
		if n > 0 && i+2+n <= len(s) {
			if v, err := strconv.ParseUint(s[i+2:i+2+n], 16, 32); err == nil && v <= utf8.MaxRune {
				out.WriteRune(rune(v))
				i += 1 + n
				continue
			}
		}
		if s[i] == '\\' && i+1 < len(s) && s[i+1] == '\\' {
			out.WriteString(`\\`)
			i++
			continue
		}
		out.WriteRune(rune(s[i]))
	}
	return out.String()
}

// integer is the value of an Int or Bool, if an int64 can hold it.
func integer(in *input, v Value) (int64, bool) {
	switch v.Kind() {
	case Bool:
		return int64(v.class()), true
	case Int:
		n, ok := bigInteger(in, v)
		if ok && n.IsInt64() {
			return n.Int64(), true
		}
	}
	return 0, false
}

// mostDigits of an integer are read; a longer one is only known to be one.
const mostDigits = 4300

// bigInteger is the value of an Int.
func bigInteger(in *input, v Value) (*big.Int, bool) {
	op, from, n, ok := constantAt(in, v)
	if !ok || n > mostDigits || n < 0 {
		return nil, false
	}
	p := in.at(from, int(n))
	if int64(len(p)) < n {
		return nil, false
	}
	switch op {
	case opInt, opLong:
		return pythonInteger(string(p))
	case opBinInt:
		return big.NewInt(int64(int32(binary.LittleEndian.Uint32(p)))), true
	case opBinInt1, opBinInt2:
		return big.NewInt(int64(littleEndian(p))), true
	}
	reversed := make([]byte, n) // LONG1 and LONG4: two's complement, little-endian
	for i, b := range p {
		reversed[int(n)-1-i] = b
	}
	out := new(big.Int).SetBytes(reversed)
	if n > 0 && p[n-1] >= 0x80 {
		out.Sub(out, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	}
	return out, true
}

// pythonInteger reads what int(text, 0) does: spaces, underscores, prefixes,
// and the L of Python 2.
func pythonInteger(s string) (*big.Int, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), "L")
	digits := strings.TrimLeft(s, "+-")
	if len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789") == "" && strings.Trim(digits, "0") != "" {
		return nil, false // Go reads octal here, Python refuses
	}
	return new(big.Int).SetString(s, 0)
}

// float is the value of a Float.
func float(in *input, v Value) (float64, bool) {
	op, from, n, ok := constantAt(in, v)
	if !ok || n > 1024 || v.Kind() != Float {
		return 0, false
	}
	p := in.at(from, int(n))
	if op == opBinFloat {
		if len(p) < 8 {
			return 0, false
		}
		return math.Float64frombits(binary.BigEndian.Uint64(p)), true
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(string(p)), 64)
	return f, err == nil && !strings.Contains(string(p), "_") && !strings.ContainsAny(string(p), "xX")
}
