//go:build unix

package app

import "golang.org/x/sys/unix"

// freeSpace is the room left for this user on the volume of dir, in bytes.
func freeSpace(dir string) (bytes float64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return float64(s.Bavail) * float64(s.Bsize), true
}
