//go:build cgo

package duckdb

import (
	"context"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// maxReason bounds what a message says of a reason, in bytes.
const maxReason = 400

// explain makes a fault of what DuckDB says, with the names of files in place
// of those of links.
func (i *instance) explain(text string) error {
	if i.ctx.Err() != nil {
		return context.Cause(i.ctx)
	}
	what, rest, _ := strings.Cut(text, ":")
	rest = strings.TrimSpace(rest)
	var file *link
	for n, l := range i.links {
		if strings.Contains(text, l.name) {
			file = &i.links[n]
			rest = strings.ReplaceAll(rest, l.name, l.path)
		}
	}
	first := firstLines(rest)
	if err := i.longRow(text); err != nil {
		return err
	}
	if m := csvColumn.FindStringSubmatch(rest); m != nil && what == "Conversion Error" {
		if l, c := i.column(m); l != nil {
			return fault.New(fault.Invalid, "The file %s is not what it was described as: the column %q has a value that is no %s.", l.path, c.Name, c.Kind)
		}
	}
	switch what {
	case "Out of Memory Error":
		return fault.WithHint(fault.New(fault.Limit, "The query needs more memory than it may have: %s", first), "Ask for less at once, or allow more memory.")
	case "INTERRUPT Error":
		return fault.New(fault.Unavailable, "The query was interrupted.")
	case "Parser Error", "Syntax Error", "Binder Error", "Catalog Error", "Permission Error", "Not implemented Error":
		if file == nil || what != "Not implemented Error" {
			return fault.New(fault.Invalid, "The query cannot be run: %s", first)
		}
	case "INTERNAL Error", "FATAL Error":
		if file == nil && len(i.links) != 1 {
			return fault.New(fault.Internal, "DuckDB failed: %s", first)
		}
	}
	if file == nil && len(i.links) == 1 && fromFile(what, rest) {
		file = &i.links[0]
	}
	if file == nil {
		return fault.New(fault.Invalid, "The query cannot be answered: %s", first)
	}
	return i.broken(file, rest, first)
}

// longRow says which file has a row that is too long, nil where that is not what DuckDB
// says: in its words, or in those for what its reader of several threads meets then.
func (i *instance) longRow(text string) error {
	if !strings.Contains(text, "Maximum line size") && !strings.Contains(text, "The Parallel CSV Reader") {
		return nil
	}
	for _, l := range i.links {
		if l.columns == nil {
			continue
		}
		if row := lineOf(l.path, lake.CSV, lake.LongRow); row > 0 {
			return tooLong(l.path, row)
		}
	}
	return nil
}

func tooLong(path string, row int64) error {
	return fault.WithHint(fault.New(fault.Invalid, "The file %s is broken at line %d: this row has more than %d bytes, the most that is read of a row.", path, row, lake.MaxRow),
		"Close a quote that is open there, or keep the long values in files of their own, or write the table as Parquet.")
}

// longEnd refuses a file whose last row is too long: DuckDB leaves such a row out without
// a word where it has no room for it.
func longEnd(path string, p lake.Packing) error {
	file, err := os.Open(path)
	if err != nil {
		return fault.Because(err, fault.NotFound, "The file %s cannot be read.", path)
	}
	defer func() { _ = file.Close() }()
	if long, err := lake.LongEnd(file, p); err != nil || !long {
		return nil // what cannot be unpacked is DuckDB's to say
	}
	if row := lineOf(path, lake.CSV, lake.LongRow); row > 0 {
		return tooLong(path, row)
	}
	return nil
}

// csvColumn is a column of a CSV file, by the name that csv gives it.
var csvColumn = regexp.MustCompile(`source column file(\d+)c(\d+)`)

func (i *instance) column(m []string) (*link, lake.Column) {
	file, err := strconv.Atoi(m[1])
	n, e := strconv.Atoi(m[2])
	if err != nil || e != nil || file >= len(i.links) || n >= len(i.links[file].columns) {
		return nil, lake.Column{}
	}
	return &i.links[file], i.links[file].columns[n]
}

// fromFile reports whether an error that names no file is about what is in one.
func fromFile(what, rest string) bool {
	return what == "IO Error" || what == "INTERNAL Error" || what == "FATAL Error" || strings.Contains(rest, "CSV") || strings.Contains(strings.ToLower(rest), "parquet") ||
		strings.Contains(rest, "TProtocolException") || strings.Contains(rest, "JSON")
}

// csvLine is the place that DuckDB names.
var csvLine = regexp.MustCompile(`Error on Line: (\d+)`)

// broken says where a file is broken.
func (i *instance) broken(file *link, rest, first string) error {
	if m := csvLine.FindStringSubmatch(rest); m != nil {
		return fault.New(fault.Invalid, "The file %s is broken at line %s: %s", file.path, m[1], reason(rest))
	}
	if strings.Contains(rest, "Malformed JSON") {
		// The line that DuckDB names depends on who read which part.
		if line := lineOf(file.path, lake.JSONLines, lake.NoObject); line > 0 {
			return fault.New(fault.Invalid, "The file %s is broken at line %d: it is no JSON.", file.path, line)
		}
	}
	if strings.Contains(rest, "state machine reached an invalid state") {
		if line := lineOf(file.path, lake.CSV, lake.OtherEnd); line > 0 {
			return fault.WithHint(fault.New(fault.Invalid, "The file %s is broken at line %d: it ends otherwise than line 1.", file.path, line),
				"Write all lines of the file with the same end, \\n or \\r\\n.")
		}
		return fault.New(fault.Invalid, "The file %s is broken: a quote stands where none may be.", file.path)
	}
	return fault.New(fault.Invalid, "The file %s is broken: %s", file.path, first)
}

// lineOf is the first line of a file that find finds, 0 when there is none.
func lineOf(path string, f lake.Format, find func(io.Reader, lake.Packing) (int64, error)) int64 {
	file, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }()
	_, packing, _, err := lake.Look(lake.Source{Path: path, Format: f})
	if err != nil {
		return 0
	}
	line, _ := find(file, packing)
	return line
}

// reason is what is wrong with a line: what comes behind the line itself.
func reason(rest string) string {
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		for _, known := range []string{"Expected Number of Columns", "Invalid unicode", "Value with unterminated quote", "Error when converting", "Could not convert"} {
			if strings.HasPrefix(line, known) {
				return line
			}
		}
	}
	return firstLines(rest)
}

// firstLines is what a person reads of an answer: without the statement that it
// points into, the list of settings, and advice for who writes to DuckDB itself.
func firstLines(text string) string {
	text, _, _ = strings.Cut(text, "Possible solutions:")
	var all []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "LINE ") || strings.HasPrefix(line, "Possible ") || strings.HasPrefix(line, "file = ") || len(all) == 4 {
			break
		}
		if line != "" {
			all = append(all, line)
		}
	}
	s := strings.Join(all, " ")
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "") + "…"
	}
	return s
}
