package route

import (
	"io"
	"net/http"
	"time"
)

// A client that is refused while it still sends would find its connection reset
// and never read why. So the refusal goes out first and the rest of the message
// is read and thrown away, within these bounds.
const (
	mostDrained = 4 << 30 // bytes
	drainTime   = 30 * time.Second
)

// message is a request's body that knows how much of it came.
type message struct {
	io.ReadCloser
	patience patience
	stream   bool // each part of it has its time, and not the whole
	n        int64
	ended    bool
}

// Read reads and counts.
func (m *message) Read(b []byte) (int, error) {
	if m.stream && !m.ended {
		m.patience.toSend(partTime)
	}
	n, err := m.ReadCloser.Read(b)
	m.n += int64(n)
	if err != nil && !m.ended {
		m.ended = true
		m.patience.ended()
	}
	return n, err
}

// rest reports whether the client is still sending. One that asked whether it
// may (Expect: 100-continue) and was not answered sends nothing.
func (m *message) rest(r *http.Request) bool {
	return !m.ended && r.ContentLength != 0 && m.n != r.ContentLength && (m.n > 0 || r.Header.Get("Expect") == "")
}

// refuse makes an answer that goes out while the client sends possible.
func (w *recorder) refuse() {
	if w.message != nil && w.message.rest(w.request) {
		// Writers that know no such thing (in tests) are left alone.
		w.drained = http.NewResponseController(w.ResponseWriter).EnableFullDuplex() == nil
		if w.drained {
			w.Header().Set("Connection", "close")
		}
	}
}

// drain reads what the client still sends after it was refused.
func (w *recorder) drain(now time.Time) {
	if !w.drained {
		return
	}
	control := http.NewResponseController(w.ResponseWriter)
	if control.Flush() != nil || control.SetReadDeadline(now.Add(drainTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, w.message, mostDrained)
}
