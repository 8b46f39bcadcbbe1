// Package limit counts what failed, by name and by network, and says how long to
// wait before it is tried again.
// What failed, and whom to tell, it does not know; a restart forgets all.
package limit
