// Package imports is data of elsewhere: of another repository, at its commit, and of a
// URL. It lists them, measures them, and brings them here.
//
// Words. A source is a repository that is read, at a folder of this machine or cloned
// for as long as it is open; what git tracks there is read from its files, what DVC
// tracks out of its cache or its remote, and what it has imported itself out of the
// source of that. An entry is a file or a folder of a source.
//
// What must hold: every byte of data that has a hash is hashed before a file is in its
// place; a file or folder comes to be at once; no link of a source leads out of it.
//
// It changes no repository; package workingcopy makes what was brought data of one.
package imports

import (
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
)

// Around is what reading a source takes from around it.
type Around struct {
	Environment repository.Environment
	Remotes     remote.Surroundings
	Temporary   string // the folder in which clones lie while they are read
	// Own is the repository whose cache is asked first, nil for none.
	Own *repository.Repository
}

// Options say what is read of a repository, and how its data are reached.
type Options struct {
	Rev          string // "" for the working copy of a local one, else for its HEAD
	Config       string // a file of settings that is put over the source's
	Remote       string // the name of the remote that is its default then
	RemoteConfig []Setting
	// Tracked says that Config and RemoteConfig are as a file says that git keeps.
	Tracked bool
	// Committed asks for HEAD of a local repository instead of its working copy.
	Committed bool
}

// Setting is an option of a remote.
type Setting struct{ Key, Value string }
