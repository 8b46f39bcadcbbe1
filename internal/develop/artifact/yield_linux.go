package artifact

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// lessUrgent is a nice value whose work gets a tenth of a processor that others want as
// well. With 19, a seventieth, who waits for the thread, as a collection of memory does,
// could wait for many milliseconds.
const lessUrgent = 10

// giveWay has the goroutine run behind others, as long as it lasts: its thread ends with
// it, since it stays locked. Where there is one processor alone, or that is refused, it
// runs beside them.
func giveWay() {
	if runtime.GOMAXPROCS(0) == 1 {
		return
	}
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), lessUrgent)
}
