// Package limit counts what failed, by name and by network, and says how long to
// wait before it is tried again.
package limit
