package inspect

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// looksPieces takes a source for a vocabulary of SentencePiece
// (sentencepiece_model.proto): it begins with a piece, which is a text and a score.
func looksPieces(s *Source) bool {
	if len(s.Head) < 4 || s.Head[0] != 0x0a {
		return false
	}
	n, used := binary.Uvarint(s.Head[1:])
	from := 1 + used
	return used > 0 && n < 1<<10 && from+int(n) <= len(s.Head) && isPiece(s.Head[from:from+int(n)])
}

// isPiece reports whether bytes are a message of a text (1), a score of 32 bits
// (2) and perhaps a kind (3), in this order.
func isPiece(b []byte) bool {
	if len(b) < 2 || b[0] != 0x0a {
		return false
	}
	n, used := binary.Uvarint(b[1:])
	if used <= 0 || n > uint64(len(b)-1-used) {
		return false
	}
	b = b[1+used+int(n):]
	if len(b) < 5 || b[0] != 0x15 {
		return false
	}
	b = b[5:]
	return len(b) == 0 || len(b) == 2 && b[0] == 0x18 && b[1] < 0x80
}

// readPieces reads the messages of a vocabulary: its pieces, then how it was
// trained and how text is normalised for it. None of them runs anything.
func readPieces(_ *visit, s *Source) Reading {
	in := bufio.NewReaderSize(io.NewSectionReader(s.Bytes, 0, s.Size), 64<<10)
	const pieces, text, last = 1, 2, 5
	other := Reading{Status: pickle.Failure}
	for {
		tag, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) {
			return Reading{Format: "sentencepiece", Coverage: all(s.Size, false)}
		}
		field := tag >> 3
		if err != nil || tag&7 != text || field < pieces || field > last && field < 200 {
			return other
		}
		n, err := binary.ReadUvarint(in)
		const most = 1 << 20
		if err != nil || field == pieces && n > most || n > uint64(s.Size) {
			return other
		}
		if field != pieces {
			if got, err := in.Discard(int(n)); err != nil || got < int(n) {
				return other
			}
			continue
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(in, b); err != nil || !isPiece(b) {
			return other
		}
	}
}
