package inspect

import (
	"encoding/binary"
	"fmt"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleExecutable is of files that a system, a virtual machine or an interpreter
// runs.
const RuleExecutable = "executable"

func looksExecutable(s *Source) bool { return executable(s) != "" }

// executable names the kind of program that a source is, "" for none. Each is
// known by more than its first two bytes, which stand in weights as well.
func executable(s *Source) string {
	h := s.Head
	if len(h) < 16 {
		return ""
	}
	big, little := binary.BigEndian, binary.LittleEndian
	switch first := big.Uint32(h); {
	case s.Starts("\x7fELF"):
		if (h[4] == 1 || h[4] == 2) && (h[5] == 1 || h[5] == 2) && h[6] == 1 {
			return "ELF"
		}
	case s.Starts("MZqFpD"):
		return "program for any system (APE)"
	case s.Starts("MZ"):
		if len(h) < 64 {
			return ""
		}
		at := int64(little.Uint32(h[60:]))
		mark := make([]byte, 4)
		if n, _ := s.Bytes.ReadAt(mark, at); n == 4 && string(mark) == "PE\x00\x00" {
			return "Windows (PE)"
		}
	case first == 0xfeedface || first == 0xfeedfacf:
		if big.Uint32(h[12:]) <= 12 {
			return "macOS (Mach-O)"
		}
	case first == 0xcefaedfe || first == 0xcffaedfe:
		if little.Uint32(h[12:]) <= 12 {
			return "macOS (Mach-O)"
		}
	case first == 0xcafebabe:
		switch n := big.Uint32(h[4:]); {
		case n > 0 && n < 20:
			return "macOS (Mach-O)"
		case n&0xffff >= 45 && n&0xffff < 100:
			return "Java (class)"
		}
	case s.Starts("\x00asm\x01\x00\x00\x00"):
		return "WebAssembly"
	case s.Starts("dex\n0"):
		return "Android (dex)"
	case bytecode(h):
		return "Python (bytecode)"
	}
	return ""
}

// bytecode knows a .pyc file: a number of the version, a newline that a transfer
// as text would break, flags or a time, then a marshalled code object.
func bytecode(h []byte) bool {
	n := binary.LittleEndian.Uint16(h)
	if h[2] != '\r' || h[3] != '\n' || n < 3000 || n > 3999 && n < 60000 {
		return false
	}
	for _, at := range []int{8, 12, 16} { // before 3.3, before 3.7, and from then on
		if at < len(h) && h[at]&0x7f == 'c' {
			return true
		}
	}
	return false
}

func readExecutable(v *visit, s *Source) Reading {
	kind := executable(s)
	f := Finding{Rule: RuleExecutable, Severity: pickle.High, Args: kind, Member: s.Path, Count: 1, Why: fmt.Sprintf("the file is a program: %s", kind)}
	if v.depth > 0 {
		f.Why += ", inside a container that a loader opens"
	}
	return Reading{Format: "executable", Coverage: all(s.Size, true), Findings: []Finding{f}}
}
