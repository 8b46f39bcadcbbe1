package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// formatWords are the first words of all formats that files and their parts can be of,
// as package inspect names them, by what they are for.
const formatWords = `
pickle npy
zip tar 7z gzip zlib deflate bzip2 xz lzma lzip zstd lz4 snappy joblib-zfile
keras hdf5 onnx tensorflow tflite torchscript safetensors gguf skops sentencepiece
xgboost lightgbm catboost pmml huggingface jinja word2vec fasttext msgpack faiss
json yaml xml text script executable git-lfs link empty unknown
png jpeg gif webp wav avi tiff ogg flac mp3 mp4 matroska midi pdf feather avro sqlite woff woff2 truetype opentype parquet arrow orc bmp duckdb matlab netcdf stata idl fits ico eot lightgbm-data xgboost-data
`

// parts are what a container or another file says that its own bytes are: they are no
// format of their own, and pass with what holds them.
const partWords = `tensor numbers stream`

// mostListed parts of one container are listed in a report; of one with more, not all
// can be held against a policy.
const mostListed = 1 << 12

// checkFormats refuses words that no format has.
func (p *Policy) checkFormats(at string) error {
	known := strings.Fields(formatWords)
	for i, word := range p.Formats {
		if slices.Contains(known, word) {
			continue
		}
		err := fault.New(fault.Invalid, "%s.formats[%d]: there is no format %q", at, i, word)
		hint := "a format is named by the first word with which tacit scan names it: " + strings.Join(known, ", ")
		if near := config.Nearest(word, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return wrong(fault.WithHint(err, "%s", hint), "formats", i)
	}
	return nil
}

// foreign gives the first file of which a layer is of no format that the policy allows,
// and that format; "" where there is none. A file passes when each of its layers does,
// those of its parts among them: a zip with a pickle in it needs both words.
func (p Policy) foreign(r *Report) (file, format string) {
	if len(p.Formats) == 0 {
		return "", ""
	}
	for _, a := range r.Artifacts {
		if a.Path == signing.FileName && (a.Format == "json" || a.Format == "text") && len(a.Members) == 0 {
			continue
		}
		if !p.allows(a.Format) {
			return a.Path, a.Format
		}
		for _, m := range a.Members {
			if !p.allows(m.Format) {
				return m.Path, m.Format
			}
		}
		if len(a.Members) >= mostListed {
			return a.Path, "too many parts to name each"
		}
	}
	return "", ""
}

// allows reports whether each layer of a chain is allowed, by each reading of it.
func (p Policy) allows(chain string) bool {
	for _, layer := range strings.Split(chain, " > ") {
		for _, reading := range strings.Split(layer, " + ") {
			word, _, _ := strings.Cut(reading, " ")
			if !slices.Contains(p.Formats, word) && !slices.Contains(strings.Fields(partWords), word) {
				return false
			}
		}
	}
	return true
}
