// Package dvcconfig is the configuration of a DVC repository: four files in the
// dialect of Python's ConfigObj, merged, checked and edited as dvc does.
//
// Words: a level is one of the four files, of which a later one shadows the
// earlier; a section is [core] or ['remote "name"']; an option is a key in it.
// Keys and names are in lower case, however they are written.
//
// It opens no file and takes nothing from the environment: it is given texts with
// their paths. Options that dvc does not know are refused, so that tacit's own
// never stand here.
package dvcconfig

import "github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"

// Level is whose file it is.
type Level uint8

// The levels, weak to strong.
const (
	System Level = iota
	Global
	Repo
	Local // not in git
)

// File is one file as it was read.
type File struct {
	text     string
	sections []*section
	top      pyjson.Map // options before the first section, of which there should be none
}

// section is one section with the lines in which it stands.
type section struct {
	name   string // as it is written, without quotes
	header int    // its line, from 0
	last   int    // the last line of it that says something
	depth  int
	parent *section

	options []*option
}

// option is a key and its value: text, or a list of texts.
type option struct {
	key         string // in lower case
	value       any
	first, last int // lines, from 0
	indent      string
	comment     string // behind the value, with what stands before it
}
