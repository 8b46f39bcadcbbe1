// Package deliver sends messages to where other programs collect them: lines of
// a file, syslog (RFC 5424) over TCP, TLS or UDP, a collector over HTTP.
//
// Words. A target takes batches; when Deliver returns without an error a file
// has the batch on disk, a collector has answered that it took it, and syslog,
// which answers nothing, has it handed to the network. A message that no packet
// holds goes out over UDP as a short one that says so.
//
// It keeps no messages and no place among them: the caller does.
package deliver

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Message is one thing to tell.
type Message struct {
	Key     string // unique and the same each time
	Time    time.Time
	Kind    string // what it is about, in a word
	Warning bool   // somebody should look at it
	JSON    []byte // an object on one line
}

// Target takes messages.
type Target interface {
	// Deliver takes a batch, whole or with an error.
	Deliver(ctx context.Context, batch []Message) error
	Close() error
}

// sendTime bounds one sending.
const sendTime = time.Minute

// Options are how a target is opened.
type Options struct {
	Format string         // jsonl or syslog; "" is what the target takes
	Out    io.Writer      // where an empty address leads
	Token  string         // what a collector is shown as a bearer token, "" for none
	Roots  *x509.CertPool // who may have signed the target's certificate, nil for those of the system
	// Once has a collector asked once a batch: the caller asks again.
	Once bool
	// Short is told of a message that no packet holds, with its size in bytes: a short
	// one goes out in its place. Nil tells nobody.
	Short func(m Message, size int)
}

// Check refuses an address that no target of a network has. fault.Invalid.
func Check(address, format string) error {
	_, _, err := parse(address, format)
	return err
}

// Open opens the target at an address; an empty one is Options.Out, one without
// a scheme a file. fault.Invalid, fault.Unavailable.
func Open(ctx context.Context, address string, o Options) (Target, error) {
	switch {
	case address == "" || address == "-":
		return &lines{w: o.Out, write: framing(o.Format)}, nil
	case !strings.Contains(address, "://"):
		file, err := os.OpenFile(address, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fault.Because(err, fault.Unavailable, "%s cannot be written.", address)
		}
		return &lines{w: file, file: file, write: framing(o.Format)}, nil
	}
	u, network, err := parse(address, o.Format)
	if err != nil {
		return nil, err
	}
	if network == "http" {
		return newCollector(address, o), nil
	}
	return dial(ctx, network, u.Host, o)
}

// parse reads the address of a target that lies in a network: tcp, tls and udp
// lead to a syslog server, http to a collector.
func parse(address, format string) (u *url.URL, network string, err error) {
	u, err = url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, "", fault.WithHint(fault.New(fault.Invalid, "%q is not the address of a target.", address), "%s", kinds)
	}
	network = map[string]string{"syslog": "tcp", "syslog+tcp": "tcp", "syslogs": "tls", "syslog+udp": "udp", "http": "http", "https": "http"}[u.Scheme]
	switch {
	case network == "":
		return nil, "", fault.WithHint(fault.New(fault.Invalid, "%q is no kind of target.", u.Scheme+"://"), "%s", kinds)
	case network == "http" && format == "syslog":
		return nil, "", fault.New(fault.Invalid, "A collector takes JSON lines, not syslog.")
	case network != "http" && format == "jsonl":
		return nil, "", fault.New(fault.Invalid, "A syslog server takes syslog messages, not JSON lines.")
	case network != "http" && u.Port() == "":
		return nil, "", fault.WithHint(fault.New(fault.Invalid, "%q names no port.", address), "the usual one is 514, with TLS 6514")
	case u.User != nil:
		return nil, "", fault.WithHint(fault.New(fault.Invalid, "The address of a target holds no password: addresses are shown."), "give a collector its token in a file")
	}
	return u, network, nil
}

const kinds = "there are syslog://, syslogs://, syslog+udp://, http:// and https://"

// lines writes one line a message.
type lines struct {
	w     io.Writer
	file  *os.File // nil for what the caller closes
	write func(*bytes.Buffer, Message)
}

// framing writes a message as a line in a format.
func framing(format string) func(*bytes.Buffer, Message) {
	if format == "syslog" {
		return func(b *bytes.Buffer, m Message) { b.Write(append(rfc5424(m), '\n')) }
	}
	return func(b *bytes.Buffer, m Message) { b.Write(append(bytes.Clone(m.JSON), '\n')) }
}

// Deliver writes and syncs.
func (l *lines) Deliver(ctx context.Context, batch []Message) error {
	var b bytes.Buffer
	for _, m := range batch {
		l.write(&b, m)
	}
	if _, err := l.w.Write(b.Bytes()); err != nil {
		return fault.Because(err, fault.Unavailable, "The entries could not be written.")
	}
	if l.file == nil {
		return ctx.Err()
	}
	return l.file.Sync()
}

// Close closes a file.
func (l *lines) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
