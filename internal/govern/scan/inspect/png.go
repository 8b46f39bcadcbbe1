package inspect

import (
	"encoding/binary"
	"io"

	"github.com/tacit-ml/tacit/ml/pickle"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

func looksPNG(s *Source) bool { return s.Starts(pngSignature) }

// readPNG walks the chunks of a picture, whose bytes are passed over, and inspects
// what stands behind the last one. A signature alone makes no picture.
func readPNG(v *visit, s *Source) Reading {
	end, reason := pngEnd(s)
	out := Reading{Format: "png", Coverage: cover(s.Size, []Coverage{{Raw: []Range{{From: 0, To: end}}}})}
	if reason != "" {
		out.Status, out.Reason = pickle.Inconclusive, reason
		return out
	}
	if end < s.Size {
		rest := v.behind(&out, s, end)
		rest.Raw = append(rest.Raw, Range{From: 0, To: end})
		out.Coverage = cover(s.Size, []Coverage{rest})
	}
	return out
}

// mostChunks a picture has: long ones are animated.
const mostChunks = 1 << 20

// pngEnd is the place behind a picture's last chunk, or to which it could be read,
// and then why not further.
func pngEnd(s *Source) (end int64, reason string) {
	at := int64(len(pngSignature))
	in := io.NewSectionReader(s.Bytes, 0, s.Size)
	for n := range mostChunks {
		var head [8]byte // length and name; the sum stands behind the bytes
		if got, _ := in.ReadAt(head[:], at); got < len(head) {
			return at, "the picture is cut off: it has no last chunk"
		}
		length, name := int64(binary.BigEndian.Uint32(head[:])), string(head[4:])
		if n == 0 && name != "IHDR" || !isChunk(name) {
			return at, "the signature of a picture stands before what is no chunk of one"
		}
		if at+12+length > s.Size {
			return at, "the picture is cut off in its chunk " + name
		}
		at += 12 + length
		if name == "IEND" {
			return at, ""
		}
	}
	return at, "the budget of chunks of a picture was used up"
}

func isChunk(name string) bool {
	for _, c := range []byte(name) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}
