package inspect

import (
	"encoding/binary"
	"regexp"
)

// tabled names formats of tables, pictures and fonts whose signature is short, by what
// their headers must hold besides it.
func tabled(s *Source) string {
	switch {
	case isStata(s):
		return "stata"
	case isIDL(s):
		return "idl"
	case isFITS(s):
		return "fits"
	case isIcon(s):
		return "ico"
	case isEmbeddedFont(s):
		return "eot"
	}
	return ""
}

// isStata knows data of Stata: of release 13 and later by its tags, of 8 to 12 by its
// version, order of bytes, and the stamp and the label, which are texts that end ("Stata
// dta file formats").
func isStata(s *Source) bool {
	h := s.Head
	if s.Starts("<stata_dta>") && regexp.MustCompile(`^<stata_dta><header><release>1(17|18|19|20|21)</release><byteorder>[LM]SF</byteorder>`).Match(h) {
		return true
	}
	const stamp = 91 // of 18 bytes: "dd Mon yyyy hh:mm"
	if len(h) < stamp+18 || h[0] < 113 || h[0] > 115 || h[1] != 1 && h[1] != 2 || h[2] != 1 || h[3] != 0 {
		return false
	}
	at := h[stamp : stamp+18]
	return at[0] == 0 || regexp.MustCompile(`^[ \d]\d [A-Z][a-z]{2} \d{4} [ \d]\d:\d\d\x00$`).Match(at)
}

// isIDL knows variables that IDL saved: a mark, then the first record, of a kind up to 20
// and with the place of the next one in the file.
func isIDL(s *Source) bool {
	if !s.Starts("SR\x00\x04") && !s.Starts("SR\x00\x06") || len(s.Head) < 16 {
		return false
	}
	kind, next := binary.BigEndian.Uint32(s.Head[4:]), binary.BigEndian.Uint32(s.Head[8:])
	return kind > 0 && kind <= 20 && next > 12 && int64(next) <= s.Size
}

// isFITS knows data of astronomy by its first card, of 80 letters (FITS standard 4.0, 4.4.1).
func isFITS(s *Source) bool {
	return s.Starts("SIMPLE  =                    T") && stands(s.Head, 80, "BITPIX  =") && s.Size >= 2880
}

// isIcon knows icons and pointers of Windows: each picture that the directory names lies
// in the file, behind the directory.
func isIcon(s *Source) bool {
	little := binary.LittleEndian
	if !s.Starts("\x00\x00\x01\x00") && !s.Starts("\x00\x00\x02\x00") || len(s.Head) < 22 {
		return false
	}
	n := int(little.Uint16(s.Head[4:]))
	if n == 0 || n > 256 || len(s.Head) < 6+16*n {
		return false
	}
	for i := range n {
		e := s.Head[6+16*i:]
		size, from := int64(little.Uint32(e[8:])), int64(little.Uint32(e[12:]))
		if e[3] != 0 || size == 0 || from < int64(6+16*n) || from+size > s.Size {
			return false
		}
	}
	return true
}

// isEmbeddedFont knows fonts of the form of W3C's submission "Embedded OpenType": its own
// size, a version, and a number in its header.
func isEmbeddedFont(s *Source) bool {
	h := s.Head
	if len(h) < 82 || int64(binary.LittleEndian.Uint32(h)) != s.Size {
		return false
	}
	switch binary.LittleEndian.Uint32(h[8:]) {
	case 0x00010000, 0x00020001, 0x00020002:
		return stands(h, 34, "LP") && int64(binary.LittleEndian.Uint32(h[4:])) < s.Size
	}
	return false
}
