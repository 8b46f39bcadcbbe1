package inspect

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/extent"
	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/savedmodel"
)

var errSavedModelText = errors.New("a saved model as text is not read: save it in the binary form")

// looksCheckpoint takes a source for the index of a checkpoint of TensorFlow by
// its end. That of a large one is looked at only where the name speaks for it.
func looksCheckpoint(s *Source) bool {
	return (s.Size <= headBytes || strings.HasSuffix(s.Name(), ".index")) && savedmodel.IsIndex(s.Bytes, s.Size)
}

// readCheckpoint reads the index, which says what lies where in the data files
// beside it, and whether they have that.
func readCheckpoint(_ *visit, s *Source) Reading {
	x, err := savedmodel.ReadIndex(s.Bytes, s.Size)
	if err != nil {
		return unfinished("tensorflow checkpoint", s, err)
	}
	out := whole("tensorflow checkpoint", s)
	ends := make([]int64, min(x.Shards, 1<<16))
	for _, e := range x.Entries {
		if e.Offset+e.Size < 0 || e.Shard >= x.Shards {
			out.Findings = append(out.Findings, against(s, "tensorflow-structure", pickle.Medium, 0, fmt.Sprintf("the tensor %s has %d bytes at %d of shard %d of %d", short(e.Name), e.Size, e.Offset, e.Shard, x.Shards)))
		} else if e.Shard < int64(len(ends)) {
			ends[e.Shard] = max(ends[e.Shard], e.Offset+e.Size)
		}
	}
	prefix, ok := strings.CutSuffix(baseOf(s), ".index")
	if !ok || s.Beside == nil {
		return out
	}
	for shard, end := range ends {
		data := fmt.Sprintf("%s.data-%05d-of-%05d", prefix, shard, len(ends))
		if beside, err := s.Beside(data); err == nil && end > beside.Size {
			out.Findings = append(out.Findings, against(s, "tensorflow-structure", pickle.Medium, 0, fmt.Sprintf("tensors should lie up to %d of %s, which has %d bytes", end, short(data), beside.Size)))
		}
	}
	return out
}

// baseOf is the last name of a source's path, as it is written.
func baseOf(s *Source) string { return s.Path[strings.LastIndexAny(s.Path, "/:")+1:] }

// shardOf reads a name like variables.data-00000-of-00001: the name of the index
// and which shard it is.
func shardOf(name string) (index string, shard, of int64, ok bool) {
	prefix, rest, ok := strings.Cut(name, ".data-")
	if n, err := fmt.Sscanf(rest, "%05d-of-%05d", &shard, &of); !ok || n != 2 || err != nil || len(rest) != len("00000-of-00001") {
		return "", 0, 0, false
	}
	return prefix + ".index", shard, of, true
}

func looksShard(s *Source) bool {
	_, _, _, ok := shardOf(baseOf(s))
	return ok && s.Beside != nil
}

// readShard takes a data file of a checkpoint for the numbers that the index
// beside it says are there. The name only tells which index that would be.
func readShard(_ *visit, s *Source) Reading {
	name, shard, of, _ := shardOf(baseOf(s))
	beside, err := s.Beside(name)
	if err != nil {
		return foreign()
	}
	x, err := savedmodel.ReadIndex(beside.Bytes, beside.Size)
	if err != nil || x.Shards != of {
		return foreign()
	}
	var raw []Range
	for _, e := range x.Entries {
		if e.Shard == shard && e.Size <= s.Size && e.Offset <= s.Size-e.Size {
			raw = append(raw, Range{From: e.Offset, To: e.Offset + e.Size})
		}
	}
	return Reading{Format: "tensorflow tensors", Coverage: cover(s.Size, []Coverage{{Raw: extent.Merge(raw)}})}
}
