package inspect

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/msgpack"
	"github.com/tacit-ml/tacit/ml/pickle"
)

func looksMsgpack(s *Source) bool { return msgpack.Begins(s.Head) }

// readMsgpack reads MessagePack, in which spaCy, thinc and Flax keep their weights.
// What their loaders make of it are texts, numbers and arrays; msgpack_numpy unpickles
// the bytes of an array of objects, and thinc's shims give bytes to the loaders of
// other libraries: bytes that begin as a pickle or an archive are parts of their own.
// Nothing but the structure tells the format from others.
func readMsgpack(v *visit, s *Source) Reading {
	if err := msgpack.Read(bytesOf(s), s.Size, nil); errors.Is(err, msgpack.ErrSyntax) {
		return foreign()
	} else if err != nil {
		return unfinished("msgpack", s, err)
	}
	const mostRaw, shortRaw = 1 << 12, 64
	out := Reading{Format: "msgpack", Guess: true}
	var raw []Range
	var types []int8
	err := msgpack.Read(bytesOf(s), s.Size, func(x msgpack.Value) error {
		if x.Kind != msgpack.Text && x.Size >= shortRaw && len(raw) < mostRaw {
			raw = append(raw, Range{From: x.Offset, To: x.Offset + x.Size})
		}
		if x.Kind == msgpack.Extension && !slices.Contains(types, x.Type) {
			types = append(types, x.Type)
		}
		if pickle.Begins(x.Head) || archive.Compressed(x.Head) != "" || strings.HasPrefix(string(x.Head), "PK") {
			v.value(&out, s, fmt.Sprintf("@%d", x.Offset), io.NewSectionReader(s.Bytes, x.Offset, x.Size))
		}
		return v.ctx.Err()
	})
	if err != nil {
		out.incomplete(pickle.Inconclusive, err.Error())
	}
	if slices.Sort(types); len(types) > 0 {
		out.Format = fmt.Sprintf("msgpack with extensions %v", types)
	}
	if slices.ContainsFunc(out.Members, func(p Part) bool { return p.Verdict != pickle.Clean }) {
		out.Guess = false
	}
	out.Coverage = containerCover(s.Size, Coverage{Raw: raw}, raw)
	return out
}
