//go:build !linux

package app

// portHolder names the process that listens on a port; only Linux tells.
func portHolder(string) (name string, pid int, ok bool) { return "", 0, false }
