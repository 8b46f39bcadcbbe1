package inspect

import (
	"encoding/binary"
	"fmt"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// unreadArchive names the containers that are known and not taken apart, "" for none.
func unreadArchive(s *Source) string {
	for _, a := range [...]struct {
		name, signature string
		at              int
	}{
		{"rar", "Rar!\x1a\x07\x00", 0}, {"rar", "Rar!\x1a\x07\x01\x00", 0}, {"rar", "RE~^", 0}, {"cab", "MSCF\x00\x00\x00\x00", 0},
		{"arj", "\x60\xea", 0}, {"lzh", "-lh", 2}, {"lzh", "-lz", 2}, {"ace", "**ACE**", 7}, {"zoo", "\xdc\xa7\xc4\xfd", 20}, {"wim", "MSWIM\x00\x00\x00", 0},
		{"xar", "xar!\x00", 0}, {"rpm", "\xed\xab\xee\xdb", 0}, {"squashfs", "hsqs", 0}, {"compress", "\x1f\x9d", 0}, {"pack", "\x1f\x1e", 0}, {"lzop", "\x89LZO\x00\r\n\x1a\n", 0},
		{"lrzip", "LRZI", 0}, {"zpaq", "zPQ", 0}, {"zpaq", "7kSt", 0}, {"asar", "\x04\x00\x00\x00", 0}, {"age", "age-encryption.org/", 0}, {"OpenSSL", "Salted__", 0},
	} {
		if stands(s.Head, a.at, a.signature) && unreadPlausible(a.name, s) {
			return a.name
		}
	}
	return ""
}

// unreadPlausible asks more of containers whose signature other bytes may be.
func unreadPlausible(name string, s *Source) bool {
	h := s.Head
	switch name {
	case "arj": // a header of a length, whose first part is as long as writers make it
		return len(h) > 12 && binary.LittleEndian.Uint16(h[2:]) <= 2600 && h[4] >= 0x1e && h[4] <= 0x40
	case "lzh":
		return len(h) > 21 && h[6] == '-' && h[20] <= 3
	case "compress": // codes of 9 to 16 bits
		return len(h) > 3 && h[2]&0x1f >= 9 && h[2]&0x1f <= 16 && h[2]&0x60 == 0
	case "pack":
		return len(h) > 6 && s.Size < int64(binary.BigEndian.Uint32(h[2:]))+1024
	case "squashfs":
		return len(h) > 30 && binary.LittleEndian.Uint16(h[28:]) == 4
	case "asar": // four lengths of each other, then JSON
		return len(h) > 17 && binary.LittleEndian.Uint32(h[4:]) == binary.LittleEndian.Uint32(h[8:])+4 && h[16] == '{'
	}
	return true
}

func looksUnread(s *Source) bool { return unreadArchive(s) != "" }

// readUnread names such a container. Members that lie in it as they are may be found
// all the same: it is a guess, beside which pickles are looked for in all its bytes.
func readUnread(_ *visit, s *Source) Reading {
	name := unreadArchive(s)
	out := unfinished(name, s, fmt.Errorf("it is an archive of the format %s, which is not read: take it apart, and scan what comes out", name))
	out.Status, out.Guess = pickle.Inconclusive, true
	return out
}
