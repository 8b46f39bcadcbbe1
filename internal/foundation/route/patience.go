package route

import (
	"net/http"
	"time"
)

const (
	// messageTime bounds how long a client may take to send a message that is no
	// stream.
	messageTime = time.Minute
	// partTime bounds how long a client may take for the next part of a stream, or
	// to take the next part of an answer: whoever does nothing holds no connection.
	partTime = time.Minute
)

// patience is how long the other end of a connection is waited for. Writers
// that know no deadline (in tests) are waited for for ever.
type patience struct {
	control *http.ResponseController
	now     func() time.Time
}

// toTake gives the client time to take what is written next.
func (p patience) toTake() { _ = p.control.SetWriteDeadline(p.now().Add(partTime)) }

// toSend gives the client time to send what is read next.
func (p patience) toSend(most time.Duration) { _ = p.control.SetReadDeadline(p.now().Add(most)) }

// ended says that the client has sent all: when a deadline passed while the
// answer is made, net/http would take the client for gone.
func (p patience) ended() { _ = p.control.SetReadDeadline(time.Time{}) }
