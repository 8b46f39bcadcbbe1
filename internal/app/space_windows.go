package app

import "golang.org/x/sys/windows"

// freeSpace is the room left for this user on the volume of dir, in bytes.
func freeSpace(dir string) (bytes float64, known bool) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, false
	}
	return float64(free), true
}
