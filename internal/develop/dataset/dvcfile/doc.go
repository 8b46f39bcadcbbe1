// Package dvcfile is the text in which git keeps which data belongs to a commit:
// .dvc files and dvc.lock, read with DVC's own rules and written as dvc 3.67.1
// writes them.
//
// Words: a stage is what a .dvc file says, or one entry of dvc.lock: its outs,
// which are data it is the owner of, and its deps, which it is made of; an
// import is a stage whose dep lies in another repository or at a URL; a frozen
// stage is not brought up to date.
//
// A text that is read is remembered, and what is encoded again keeps its
// comments, the order of its keys and its lines. Nothing here opens a file or
// follows a path.
package dvcfile

import (
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// Data is what is known of some bytes: the hash of a kind that their store has,
// and how much they are.
type Data struct {
	MD5      string // 32 hexadecimal digits, with ".dir" behind them for a directory
	ETag     string // of an object of S3 and its like
	Checksum string // of HTTP and HDFS

	Size      *int64 // bytes; nil where it is not known
	NFiles    *int64 // files of a directory
	IsExec    bool   // may be executed
	VersionID string // of an object in a bucket that keeps versions
	Remote    string // whose etag, checksum and version these are
}

// File is one file of a directory that is kept version by version in a bucket.
type File struct {
	RelPath string
	Data
}

// Entry is what outs and deps have in common.
type Entry struct {
	Path string // with slashes, from the stage's folder; or a URL
	// Hash is "md5" for what DVC 3 wrote. Without it MD5 is of lines with Unix
	// ends, and the object lies in the legacy layout.
	Hash string
	Data
	Files    []File // then MD5 and Size are left out
	FSConfig pyjson.Map
}

// Out is data that a stage is the owner of.
type Out struct {
	Entry
	Desc, Type string
	Labels     []string
	Meta       any // anything that its owner wants to note
	NoCache    bool
	Persist    bool   // is not deleted before the stage runs
	Remote     string // where it is pushed to, the default remote where empty
	NoPush     bool
}

// Dep is what a stage is made of.
type Dep struct {
	Entry
	Repo    *Repo      // of an import from a repository
	DB      pyjson.Map // of an import from a database: connection, file_format, query, table
	Dataset pyjson.Map // of ds://name in dvc.lock
}

// Repo is the repository that a dep comes from.
type Repo struct {
	URL, Rev, RevLock string
	Config, Remote    any // text or a map
}

// Stage is what a .dvc file says.
type Stage struct {
	Desc          string
	MD5           string // of an import: see Sum
	Wdir          string // that paths are relative to, the file's folder where empty
	Frozen        bool
	AlwaysChanged bool
	Deps          []Dep
	Outs          []Out
	Meta          any

	text []byte // as it was read, nil for a new one
}

// Lock is what dvc.lock says.
type Lock struct {
	Stages   []LockStage
	Datasets any

	text []byte
}

// LockStage is what a stage of dvc.yaml was when it ran last.
type LockStage struct {
	Name   string
	Cmd    any // text, or a list of texts
	Deps   []Dep
	Params []Params
	Outs   []Out
}

// Params are the values that a stage took from one file.
type Params struct {
	Path   string
	Values pyjson.Map
}
