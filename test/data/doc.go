// Package data runs "tacit data" as a process, and ends it where it must not matter: by
// kill -9 at many points, and by a disk that is full.
package data
