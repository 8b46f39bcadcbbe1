package inspect

import (
	"encoding/json"
	"io"
	"path"
	"regexp"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
)

// exportConfig are the members of what torch.export saves that say which others
// are tensors.
var exportConfig = regexp.MustCompile(`^[^/]+/data/(weights|constants)/[^/]+_(weights|constants)_config\.json$`)

// mostExportConfig bounds such a member.
const mostExportConfig = 16 << 20

// exportedTensors is what such a member holds (torch/_export/serde/schema.py).
type exportedTensors struct {
	Config map[string]struct {
		Path    string `json:"path_name"`
		Pickled bool   `json:"use_pickle"`
		Tensor  struct {
			Type    int           `json:"dtype"`
			Sizes   []exportedInt `json:"sizes"`
			Strides []exportedInt `json:"strides"`
			Offset  exportedInt   `json:"storage_offset"`
		} `json:"tensor_meta"`
	} `json:"config"`
}

type exportedInt struct {
	Int int64 `json:"as_int"`
}

// exported notes the members that a configuration has as tensors: as many bytes
// as reach to the last element. What is of another length is inspected by its
// bytes, and so is what it also has as a pickle.
func (z *zipped) exported(m archive.Member) {
	s, err := z.beside(m.Name)(path.Base(m.Name))
	if err != nil || s.Size > mostExportConfig {
		return
	}
	var t exportedTensors
	if json.NewDecoder(io.NewSectionReader(s.Bytes, 0, s.Size)).Decode(&t) != nil {
		return
	}
	folder, sizes, pickled := path.Dir(m.Name), map[string]int64{}, map[string]bool{}
	for _, c := range t.Config {
		name := path.Join(folder, c.Path)
		pickled[name] = pickled[name] || c.Pickled
		if n := storageBytes(exportedWidth[c.Tensor.Type], c.Tensor.Offset.Int, c.Tensor.Sizes, c.Tensor.Strides); path.Dir(name) == folder {
			sizes[name] = max(sizes[name], n)
		}
	}
	for name, n := range sizes {
		if !pickled[name] && n > 0 {
			z.storages[name] = n
		}
	}
}

// storageBytes is where the last element of a tensor ends, 0 for an empty one and
// for what is none.
func storageBytes(width, offset int64, sizes, strides []exportedInt) int64 {
	const most = 1 << 40
	if width == 0 || len(sizes) != len(strides) || offset < 0 || offset > most {
		return 0
	}
	last := offset
	for i, n := range sizes {
		step := strides[i].Int
		if n.Int <= 0 || step < 0 || n.Int > most || step > most/n.Int {
			return 0
		}
		if last += (n.Int - 1) * step; last > most {
			return 0
		}
	}
	return (last + 1) * width
}

// exportedWidth is the bytes of an element by the number of its type (ScalarType).
var exportedWidth = map[int]int64{
	1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 2, 7: 4, 8: 8, 9: 4, 10: 8, 11: 16, 12: 1, 13: 2, 28: 2, 29: 1, 30: 1, 31: 1, 32: 1, 33: 1, 34: 4, 35: 8,
}
