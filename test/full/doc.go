// Package full proves what happens when the disk is full: every write that
// cannot be kept is refused with 503 and a remedy, nothing half-written stays,
// nothing acknowledged is lost, and tacit goes on by itself once there is room.
//
// The disk is full where the process's limit on the size of files says so: that
// works everywhere and can be lifted while the server runs.
package full
