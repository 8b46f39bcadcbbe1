package inspect

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/savedmodel"
)

var errSavedModelText = errors.New("a saved model as text is not read: save it in the binary form")

// looksCheckpoint takes a source for the index of a checkpoint of TensorFlow by
// its end. That of a large one is looked at only where the name speaks for it.
func looksCheckpoint(s *Source) bool {
	return (s.Size <= headBytes || strings.HasSuffix(s.Name(), ".index")) && savedmodel.IsIndex(s.Bytes, s.Size)
}

// readCheckpoint reads the index, which says what the data files beside it hold:
// numbers, and texts that TensorFlow takes for texts.
func readCheckpoint(_ *visit, s *Source) Reading {
	x, err := savedmodel.ReadIndex(s.Bytes, s.Size)
	if err != nil {
		return unfinished("tensorflow checkpoint", s, err)
	}
	out := whole("tensorflow checkpoint", s)
	name := s.Path[strings.LastIndexAny(s.Path, "/:")+1:]
	prefix, ok := strings.CutSuffix(name, ".index")
	if !ok {
		return out
	}
	ends := make([]int64, min(x.Shards, 1<<16))
	for _, e := range x.Entries {
		if e.Shard < int64(len(ends)) {
			ends[e.Shard] = max(ends[e.Shard], e.Offset+e.Size)
			if e.Offset+e.Size < 0 {
				out.Findings = append(out.Findings, against(s, "tensorflow-structure", pickle.Medium, 0, fmt.Sprintf("the tensor %s lies at %d and has %d bytes", short(e.Name), e.Offset, e.Size)))
			}
		}
	}
	for shard, end := range ends {
		data := fmt.Sprintf("%s.data-%05d-of-%05d", prefix, shard, len(ends))
		out.Numbers = append(out.Numbers, data)
		if s.Beside == nil {
			continue
		}
		if beside, err := s.Beside(data); err == nil && end > beside.Size {
			out.Findings = append(out.Findings, against(s, "tensorflow-structure", pickle.Medium, 0, fmt.Sprintf("tensors should lie up to %d of %s, which has %d bytes", end, short(data), beside.Size)))
		}
	}
	return out
}
