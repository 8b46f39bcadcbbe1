// Package installation tells what is done to the installation as a whole and belongs
// to no other room: a job that is cancelled, a key that is rotated or retired, an
// archive that is written or restored.
//
// It keeps no records: events are all that it writes.
package installation
