package apart

import "golang.org/x/sys/unix"

// beside is what the process may hold beside the engine's memory, in bytes: its own
// code's data, stacks, and what the engine does not count.
const beside = 1 << 30

// bound has the system refuse memory that is far beyond what the engine may hold, and
// write no core. Where it cannot, the engine's own bound is all there is.
func bound(memory int64) {
	most := uint64(2*memory + beside)
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
