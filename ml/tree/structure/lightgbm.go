package structure

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// mostLine is the longest line that is read.
const mostLine = 32 << 20

// LightGBM verifies a model in LightGBM's text. An error wraps ErrNot or ErrLimit,
// or is one of the input.
func LightGBM(r io.Reader) (Report, error) {
	l := &lightgbm{in: bufio.NewReaderSize(r, 64<<10), values: map[string]string{}}
	err := l.read()
	l.out.End = l.at
	return l.out, err
}

type lightgbm struct {
	in     *bufio.Reader
	at     int64 // behind the line
	line   string
	from   int64 // of the line
	out    Report
	values map[string]string // of the header, or of the tree that is read
	sizes  []int64
	first  int64 // where trees begin
	past   int64 // sizes of the trees so far
}

// next reads a line without its end; false at the end of the file.
func (l *lightgbm) next() (bool, error) {
	l.from = l.at
	var whole []byte
	for {
		part, err := l.in.ReadSlice('\n')
		l.at += int64(len(part))
		if err == nil && whole == nil {
			l.line = string(bytes.TrimRight(part, "\r\n"))
			return true, nil
		}
		if whole = append(whole, part...); len(whole) > mostLine {
			return false, fmt.Errorf("%w: a line of more than %d bytes", ErrLimit, mostLine)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && err != io.EOF {
			return false, err
		}
		l.line = strings.TrimRight(string(whole), "\r\n")
		return len(whole) > 0, nil
	}
}

func (l *lightgbm) read() error {
	more, err := l.next()
	if err != nil || !more || l.line != "tree" {
		return notEnded(err, "it does not begin with \"tree\"")
	}
	ended := false
	for section := (*lightgbm).header; ; {
		if more, err = l.next(); err != nil {
			return err
		}
		if !more {
			break
		}
		switch {
		case strings.HasPrefix(l.line, "Tree=") && !ended:
			l.begin()
			section = (*lightgbm).tree
		case l.line == "end of trees":
			l.finish()
			ended = true
			section = (*lightgbm).trailer
		default:
			section(l)
		}
	}
	if !ended {
		return fmt.Errorf("%w: it ends before its trees do", ErrNot)
	}
	if n := int64(len(l.sizes)); n > 0 && n != l.out.Trees {
		l.out.fault(0, "tree_sizes has %d entries for %d trees", n, l.out.Trees)
	}
	return nil
}

func notEnded(err error, what string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", ErrNot, what)
}

// header takes a line of the header, or of a tree: a key and its value.
func (l *lightgbm) header() {
	key, value, ok := strings.Cut(l.line, "=")
	if key == "" {
		return
	}
	if _, seen := l.values[key]; seen {
		l.out.fault(l.from, "the key %q stands twice", key)
	}
	l.values[key] = value
	if strings.HasPrefix(key, "parser") && (value != "" || !ok) {
		l.out.fault(l.from, "the model names a parser of its own for the data")
	}
}

// tree takes a line of a tree.
func (l *lightgbm) tree() { l.header() }

// trailer takes a line behind the trees: importances, parameters, pandas'
// categories.
func (l *lightgbm) trailer() {
	if l.line == "parser:" || strings.HasPrefix(l.line, "parser=") ||
		strings.HasPrefix(l.line, "[parser_config_file: ") && l.line != "[parser_config_file: ]" {
		l.out.fault(l.from, "the model names a parser of its own for the data")
	}
}

// begin is at the line of a tree.
func (l *lightgbm) begin() {
	if l.first == 0 {
		l.heading()
		l.first = l.from
	} else {
		l.finish()
	}
	l.values = map[string]string{}
	if n := l.out.Trees; n < int64(len(l.sizes)) {
		if l.from-l.first != l.past {
			l.out.fault(l.from, "the tree %d begins at byte %d of the trees, and tree_sizes says %d", n, l.from-l.first, l.past)
		}
		l.past += l.sizes[n]
	}
	l.out.Trees++
}

// heading verifies the header.
func (l *lightgbm) heading() {
	number := func(key string, least int64) int64 {
		n, err := strconv.ParseInt(strings.TrimSpace(l.values[key]), 10, 64)
		if err != nil || n < least || n > mostFeatures {
			l.out.fault(0, "the header's %s is %q", key, clip(l.values[key]))
			return -1
		}
		return n
	}
	number("num_class", 1)
	if _, has := l.values["num_tree_per_iteration"]; has {
		number("num_tree_per_iteration", 1)
	}
	last := number("max_feature_idx", 0)
	l.out.Features = last + 1
	for _, key := range []string{"feature_names", "feature_infos"} {
		if names := strings.Fields(l.values[key]); last >= 0 && int64(len(names)) != last+1 {
			l.out.fault(0, "the header has %d %s for %d features", len(names), key, last+1)
		}
	}
	for _, size := range strings.Fields(l.values["tree_sizes"]) {
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/2 {
			l.out.fault(0, "the header's tree_sizes has %q", clip(size))
			n = 0
		}
		l.sizes = append(l.sizes, n)
	}
}

func clip(s string) string { return s[:min(len(s), 40)] }

// finish verifies the tree that was read.
func (l *lightgbm) finish() {
	if l.first == 0 {
		l.heading()
		l.first = l.from
		return
	}
	if l.out.Trees == 0 {
		return
	}
	t := lightgbmTree{l: l}
	t.check()
}
