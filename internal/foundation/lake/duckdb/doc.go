// Package duckdb answers queries over columns with DuckDB, in this process.
//
// Words. Every query has an instance of DuckDB to itself, in memory: it may read
// the files it was given and no others, its settings are locked, it loads no
// extension, and what it spills lies in a folder of its own that goes with it.
// To open one takes about ten milliseconds, which is what that costs. Files are
// given by links in that folder, so that their names never become part of SQL.
//
// It writes nothing but what it spills. It needs cgo: without, Open says so.
package duckdb

import "runtime"

// Settings of the engine. What is zero is the default.
type Settings struct {
	// Folder is for links and what is spilled. One process has it at a time; Open
	// clears away what a dead one left.
	Folder     string
	Memory     int64 // bytes one query may hold, 1 GiB by default
	Spill      int64 // bytes one query may spill, 64 GiB by default
	Threads    int   // of one query, as many as there are processors by default
	Concurrent int   // answers that are not closed, others wait; 4 by default
}

func (s Settings) filled() Settings {
	if s.Memory <= 0 {
		s.Memory = 1 << 30
	}
	if s.Spill <= 0 {
		s.Spill = 64 << 30
	}
	if s.Threads <= 0 {
		s.Threads = runtime.GOMAXPROCS(0)
	}
	if s.Concurrent <= 0 {
		s.Concurrent = 4
	}
	return s
}
