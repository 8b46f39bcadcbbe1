package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/ml/hdf5"
	"github.com/tacit-ml/tacit/ml/keras"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// hdf5Names are endings of files that programs open as HDF5 wherever in them the
// superblock begins.
var hdf5Names = []string{".h5", ".hdf5", ".he5", ".hdf", ".keras", ".mat"}

// looksHDF5 takes a source for HDF5 when a superblock begins where the library
// looks for it: at 0, 512, 1024 and so on; far behind only where the name speaks
// for it.
func looksHDF5(s *Source) bool {
	until := int64(64 << 10)
	for _, ending := range hdf5Names {
		if strings.HasSuffix(s.Name(), ending) {
			until = s.Size
		}
	}
	return hdf5.Begins(s.Bytes, min(s.Size, until))
}

// hdf5Reading is an HDF5 file while it is judged.
type hdf5Reading struct {
	*kerasReader
	visit   *visit
	s       *Source
	file    *hdf5.File
	out     Reading
	pickled bool // PyTables wrote it, which pickles attributes
}

// readHDF5 reads the structure, judges the configuration of Keras that is in
// attributes, and tells what leads out of the file.
func (k *kerasReader) readHDF5(v *visit, s *Source) Reading {
	file, err := hdf5.Read(s.Bytes, s.Size, hdf5.DefaultBudget())
	if err != nil {
		return unfinished("hdf5", s, err)
	}
	h := &hdf5Reading{kerasReader: k, visit: v, s: s, file: file, out: Reading{Format: "hdf5"}}
	if len(file.Problems) > 0 {
		p := file.Problems[0]
		h.unknown(p.Offset, p.What)
	}
	for _, o := range file.Objects {
		for _, a := range o.Attributes {
			h.pickled = h.pickled || a.Name == "PYTABLES_FORMAT_VERSION"
		}
	}
	for _, l := range file.Links {
		h.link(l)
	}
	for _, o := range file.Objects {
		h.object(o)
	}
	h.heaps()
	h.cover()
	return h.out
}

// unknown makes the reading inconclusive, by the first reason.
func (h *hdf5Reading) unknown(offset int64, why string) {
	if h.out.Status == pickle.Complete {
		h.out.Status, h.out.Reason = pickle.Inconclusive, fmt.Sprintf("at %d: %s", offset, why)
	}
}

func (h *hdf5Reading) find(rule string, severity Severity, offset int64, name, args, why string) {
	h.out.Findings = append(h.out.Findings, Finding{Rule: rule, Severity: severity, Name: name, Args: short(args), Offset: offset, Member: h.s.Path, Why: why, Count: 1})
}

func (h *hdf5Reading) link(l hdf5.Link) {
	switch l.Kind {
	case hdf5.ExternalLink:
		h.find("hdf5-external", pickle.High, l.Offset, l.Path, l.File, fmt.Sprintf("%s is %s of another file, %s, which is opened when it is read", short(l.Path), short(l.Target), short(l.File)))
	case hdf5.UserLink:
		h.find("hdf5-external", pickle.High, l.Offset, l.Path, l.Target, short(l.Path)+" is "+l.Target+", which a program must have registered")
	default:
		h.find("hdf5-link", pickle.Low, l.Offset, l.Path, l.Target, fmt.Sprintf("%s stands for %s", short(l.Path), short(l.Target)))
	}
}

// Filters below 256 are the library's own; 32000 comes with h5py.
const firstForeignFilter, filterLZF = 256, 32000

func (h *hdf5Reading) object(o hdf5.Object) {
	for _, file := range o.Files {
		if o.Virtual && file == "." {
			continue // the same file
		}
		h.find("hdf5-external", pickle.High, o.Offset, o.Path, file, fmt.Sprintf("the numbers of %s are taken from another file, %s", short(o.Path), short(file)))
	}
	for _, f := range o.Filters {
		if f >= firstForeignFilter && f != filterLZF {
			h.find("hdf5-filter", pickle.Low, o.Offset, o.Path, fmt.Sprint(f), fmt.Sprintf("%s is packed by filter %d, for which the library loads a plugin of the machine", short(o.Path), f))
			break
		}
	}
	for _, a := range o.Attributes {
		h.attribute(o, a)
	}
}

// attribute judges the texts of an attribute: configurations of Keras under any
// name, pickles of PyTables.
func (h *hdf5Reading) attribute(o hdf5.Object, a hdf5.Attribute) {
	own := a.Name == "model_config" || a.Name == "training_config"
	if own && a.Texts == nil {
		h.unknown(a.Offset, "the attribute "+a.Name+" is no text")
	}
	for _, t := range a.Texts {
		switch {
		case strings.HasPrefix(strings.TrimLeft(t.Value, " \t\r\n\ufeff"), "{"):
			if len(t.Value) > mostConfig {
				h.unknown(t.Offset, fmt.Sprintf("the budget of %d bytes for a configuration was used up", mostConfig))
				continue
			}
			c, err := keras.Read([]byte(t.Value))
			if err != nil {
				if own && !errors.Is(err, keras.ErrOther) {
					h.unknown(t.Offset, err.Error())
				}
				continue
			}
			h.out.Format = "hdf5 keras"
			findings, members := h.judge(h.visit, h.s, c, t.Offset)
			h.out.Findings, h.out.Members = append(h.out.Findings, findings...), append(h.out.Members, members...)
		case pickle.Begins([]byte(t.Value)) && (t.Value[0] == 0x80 || strings.HasSuffix(t.Value, ".")):
			name := fmt.Sprintf("%s@%s", strings.TrimSuffix(o.Path, "/"), printable(a.Name))
			if !h.pickled { // PyTables unpickles them in files of others as well
				h.visit.value(&h.out, h.s, name, io.NewSectionReader(pickle.Memory(t.Value), 0, int64(len(t.Value))))
				continue
			}
			h.visit.keep(&h.out, h.visit.member(h.s, name, bytes.NewReader([]byte(t.Value)), int64(len(t.Value)), nil))
		}
	}
}

// mostHeapObjects of variable length are looked at.
const mostHeapObjects = 1 << 24

// heaps inspects the elements of variable length of all datasets: PyTables, and
// pandas by it, keep objects in them as pickles.
func (h *hdf5Reading) heaps() {
	err := h.file.HeapObjects(h.s.Bytes, h.s.Size, mostHeapObjects, func(e hdf5.Extent) error {
		h.visit.value(&h.out, h.s, fmt.Sprintf("(heap object at %d)", e.From), io.NewSectionReader(h.s.Bytes, e.From, e.Size()))
		return h.visit.ctx.Err()
	})
	if err != nil {
		h.out.incomplete(pickle.Inconclusive, err.Error())
	}
}

// cover tells what became of each byte. What belongs to no object is free space
// when the whole structure was understood, and unparsed when it was not. What
// stands before and behind the file is inspected as a file of its own.
func (h *hdf5Reading) cover() {
	f := h.file
	c := Coverage{Parsed: f.Parsed, Raw: f.Raw}
	if len(f.Problems) == 0 {
		c.Raw = append(c.Raw, Range{From: f.UserBlock, To: f.End})
	}
	all := []Coverage{c, h.visit.behind(&h.out, h.s, f.End)}
	if before := io.NewSectionReader(h.s.Bytes, 0, f.UserBlock); f.UserBlock > 0 && !zeros(before) {
		h.find("hdf5-user-block", pickle.Low, 0, "", "", fmt.Sprintf("%d bytes stand before the superblock, which HDF5 passes over", f.UserBlock))
		used := filled(before)
		p := h.visit.member(h.s, "(user block)", before, used, nil)
		h.visit.keep(&h.out, p)
		all = append(all, p.Coverage, Coverage{Parsed: []Range{{From: used, To: f.UserBlock}}})
	} else {
		all = append(all, Coverage{Raw: []Range{{From: 0, To: f.UserBlock}}})
	}
	if rest := io.NewSectionReader(h.s.Bytes, f.End, h.s.Size-f.End); f.End < h.s.Size && !zeros(rest) {
		h.find("hdf5-trailing", pickle.Medium, f.End, "", "", fmt.Sprintf("%d bytes stand behind the end that the superblock tells, where HDF5 never looks", h.s.Size-f.End))
	}
	h.out.Coverage = cover(h.s.Size, all)
}

// filled is the size of what is left when the zeros at the end are taken off.
func filled(r *io.SectionReader) int64 {
	b := make([]byte, 4<<10)
	for end := r.Size(); end > 0; {
		from := max(end-int64(len(b)), 0)
		n, _ := r.ReadAt(b[:end-from], from)
		if left := bytes.TrimRight(b[:n], "\x00"); len(left) > 0 || int64(n) < end-from {
			return from + int64(len(left))
		}
		end = from
	}
	return 0
}
