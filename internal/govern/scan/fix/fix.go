package fix

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/sklearn"
)

// Form is what is written.
type Form string

// The forms.
const (
	Skops Form = "skops" // of skops.io, for estimators of scikit-learn
	JSON  Form = "json"  // XGBoost's own, for its boosters
	Text  Form = "txt"   // LightGBM's own, for its boosters
)

// Made is a model in its new form.
type Made struct {
	Bytes []byte `json:"-"`

	Form     Form     `json:"form"`
	Size     int      `json:"size"`
	SHA256   string   `json:"sha256"`
	Model    Model    `json:"model"`
	LeftOut  []Left   `json:"left_out"`
	AsksFor  []string `json:"asks_for"` // types that skops.io.load wants trust for
	Proof    Proof    `json:"proof"`
	Unpacked bool     `json:"unpacked"` // offsets are those of the decompressed source
}

// Model is what was found.
type Model struct {
	Class    string   `json:"class"`
	Library  string   `json:"library"` // "scikit-learn 1.9.1", as far as it says
	Features int      `json:"features"`
	Names    []string `json:"names,omitempty"`
}

// Left is what the source does and the form does not.
type Left struct {
	What string `json:"what"` // as Python would write it
	At   int64  `json:"at"`   // byte of the source
}

// Proof is what both models gave for the same rows.
type Proof struct {
	Rows    int      `json:"rows"`
	Seed    uint64   `json:"seed"`
	Inputs  string   `json:"inputs"` // SHA-256
	Missing bool     `json:"missing"`
	Leaves  *Leaves  `json:"leaves,omitempty"`
	Outputs []Output `json:"outputs"`
}

// Leaves are those of all trees that rows came to, of those to which one can.
type Leaves struct {
	Reached int `json:"reached"`
	Of      int `json:"of"`
}

// Output is what a method of both gave.
type Output struct {
	Method     string  `json:"method"`
	Columns    int     `json:"columns"`
	SHA256     string  `json:"sha256"`
	Difference float64 `json:"difference"` // the greatest; 0 is equal bit by bit
}

const (
	// mostBytes of a source are read.
	mostBytes = 4 << 30
	// probeRows are drawn at random, besides those that come to leaves.
	probeRows = 1000
)

// Fix makes the form of the model in the size bytes of source. An error of the
// kind fault.Unsupported is a refusal: its sentence is the reason and its hint
// what would help.
func Fix(source io.ReaderAt, size int64, form Form, v *pickle.Vetting, seed uint64) (*Made, error) {
	raw, unpacked, err := contents(source, size)
	if err != nil {
		return nil, err
	}
	read, err := object.FromPickle(pickle.Memory(raw), int64(len(raw)), v)
	if err != nil {
		return nil, refusal(err)
	}
	made := &Made{Form: form, Unpacked: unpacked, LeftOut: []Left{}, AsksFor: []string{}}
	for _, l := range read.Left {
		made.LeftOut = append(made.LeftOut, Left{What: l.What, At: l.At})
	}
	slices.SortStableFunc(made.LeftOut, func(a, b Left) int { return int(min(max(a.At-b.At, -1), 1)) })
	switch form {
	case Skops:
		err = made.skops(read.Root, seed)
	case JSON:
		err = made.booster(read.Root, seed)
	case Text:
		err = made.text(read.Root, seed)
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(made.Bytes)
	made.Size, made.SHA256 = len(made.Bytes), hex.EncodeToString(sum[:])
	return made, nil
}

// contents are the bytes of a pickle, decompressed where joblib compressed it.
func contents(source io.ReaderAt, size int64) (raw []byte, unpacked bool, err error) {
	head := make([]byte, min(size, 16))
	if _, err := source.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, false, fault.Because(err, fault.Unavailable, "The file cannot be read.")
	}
	in := io.Reader(io.NewSectionReader(source, 0, size))
	how := archive.Compressed(head)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, false, fault.WithHint(refuse("The file is a zip: skops' files and torch's are, and neither is a pickle of scikit-learn."),
			"tacit scan says what it holds; take the pickle out of an archive first")
	case how != "":
		unpacked, err := archive.OpenStream(how, source, size, archive.OnDisk)
		if err != nil {
			return nil, false, fault.Because(err, fault.Unsupported, "The file is %s that cannot be read.", how)
		}
		defer func() { _ = unpacked.Close() }() // of scratch alone
		in = unpacked
	}
	raw, err = io.ReadAll(io.LimitReader(in, mostBytes+1))
	if err != nil {
		return nil, false, fault.Because(err, fault.Unsupported, "The file cannot be read to its end.")
	}
	if len(raw) > mostBytes {
		return nil, false, refuse("The model has more than 4 GiB.")
	}
	return raw, how != "", nil
}

func refuse(format string, args ...any) error { return fault.New(fault.Unsupported, format, args...) }

// refusal is why a pickle is not made safe, and what would help.
func refusal(err error) error {
	var part *object.Unsupported
	var class *sklearn.Unsupported
	switch {
	case errors.As(err, &part) && strings.HasPrefix(part.Root, "sklearn.") && !slices.Contains(sklearn.Classes(), part.Root[strings.LastIndexByte(part.Root, '.')+1:]):
		return refusal(&sklearn.Unsupported{What: "the class " + part.Root})
	case errors.As(err, &part):
		return fault.WithHint(refuse("At byte %d the pickle %s: that is not known to be data.", part.At, visible(part.What)),
			"load the model where nothing can be lost, take out what is not the estimator's, and save it anew")
	case errors.As(err, &class):
		return fault.WithHint(refuse("It is not rebuilt here: %s.", visible(class.What)),
			"docs/guide/security.md lists what is; skops.io.dump writes others where they were trained")
	}
	return fault.WithHint(fault.Because(err, fault.Unsupported, "The pickle cannot be read as a model."), "tacit scan says how far it can be read")
}

// visible keeps names that a file chose from speaking to a terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
