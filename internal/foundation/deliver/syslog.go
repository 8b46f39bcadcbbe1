package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// settling is how long a connection must hold after a batch was written: a
// server that is gone answers the bytes by ending it, and only then is known
// that it did not take them.
const settling = 200 * time.Millisecond

// syslog sends to a server, over a stream with the length before each message
// (RFC 6587) or one message a packet.
type syslog struct {
	conn    net.Conn
	packets bool
	short   func(Message, int) // told of messages that no packet holds
	broken  chan struct{}      // closed when the stream has ended
}

func dial(ctx context.Context, network, host string, o Options) (Target, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	var conn net.Conn
	var err error
	if network == "tls" {
		d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots}}
		conn, err = d.DialContext(ctx, "tcp", host)
	} else {
		var d net.Dialer
		conn, err = d.DialContext(ctx, network, host)
	}
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "The syslog server %s does not answer.", host)
	}
	s := &syslog{conn: conn, packets: network == "udp", short: o.Short, broken: make(chan struct{})}
	if !s.packets {
		go s.watch()
	}
	return s, nil
}

// watch waits for the stream to end: a syslog server says nothing.
func (s *syslog) watch() {
	defer close(s.broken)
	_, _ = io.Copy(io.Discard, s.conn)
}

// Deliver sends the batch.
func (s *syslog) Deliver(ctx context.Context, batch []Message) error {
	if len(batch) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = s.conn.Close() })() // ends a write that nobody reads
	if s.packets {
		return s.sendPackets(batch)
	}
	var b bytes.Buffer
	for _, m := range batch {
		text := rfc5424(m)
		fmt.Fprintf(&b, "%d %s", len(text), text)
	}
	if _, err := s.conn.Write(b.Bytes()); err != nil {
		return fault.Because(err, fault.Unavailable, "The syslog server took only a part.")
	}
	held := time.NewTimer(settling)
	defer held.Stop()
	select {
	case <-s.broken:
		return fault.New(fault.Unavailable, "The syslog server ended the connection.")
	case <-ctx.Done():
		return ctx.Err()
	case <-held.C:
		return nil
	}
}

func (s *syslog) sendPackets(batch []Message) error {
	for _, m := range batch {
		if err := s.sendPacket(m); err != nil {
			return fault.Because(err, fault.Unavailable, "The syslog server does not take a message.")
		}
	}
	return nil
}

// maxPacket is the most that a packet of UDP holds over IPv4, in bytes.
const maxPacket = 65507

// sendPacket sends a message, or a short one where no packet of this network holds it.
func (s *syslog) sendPacket(m Message) error {
	text := rfc5424(m)
	if len(text) <= maxPacket {
		if _, err := s.conn.Write(text); !errors.Is(err, syscall.EMSGSIZE) {
			return err
		}
	}
	if s.short != nil {
		s.short(m, len(text))
	}
	var err error
	if m.JSON, err = json.Marshal(shortened{m.Key, m.Time.UTC(), m.Kind, len(m.JSON)}); err != nil {
		return err
	}
	_, err = s.conn.Write(rfc5424(m))
	return err
}

// shortened stands for a message that no packet holds.
type shortened struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	Verb string    `json:"verb"`
	Size int       `json:"too_large"` // bytes of the JSON that did not go out
}

// Close ends the connection.
func (s *syslog) Close() error { return s.conn.Close() }

// Priorities of the facility log audit (13): informational, warning.
const (
	informational = 13*8 + 6
	warning       = 13*8 + 4
)

// rfc5424 is a message as RFC 5424, section 6 has it: the text is its JSON.
func rfc5424(m Message) []byte {
	priority := informational
	if m.Warning {
		priority = warning
	}
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return fmt.Appendf(nil, "<%d>1 %s %s tacit - %s - %s", priority, m.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), word(host, 255), word(m.Kind, 32), m.JSON)
}

// word is printable ASCII without spaces, cut to n, and "-" for nothing.
func word(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return "-"
	}
	return text[:min(len(text), n)]
}
