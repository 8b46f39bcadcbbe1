// Package ssh is a place of files that is a folder of a machine behind ssh, which speaks
// SFTP.
//
// A machine whose key is in no file of known hosts is not spoken to. Who asks proves it by
// the agent, by files of keys, or by a password, in this order. A file is written beside
// its place and renamed: it is there at once or not at all. A connection that broke is
// made anew.
package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Config says where a machine is, and how it is asked. What is not set is taken from the
// person's own settings of ssh, ~/.ssh/config.
type Config struct {
	Host     string // a name of ~/.ssh/config, or of the network
	Port     int    // 0 means 22
	User     string // "" means the person's own
	Folder   string // on that machine, from its root
	Password string
	// KeyFile is a file of a private key, and Passphrase what opens it.
	KeyFile, Passphrase string
	// Ask asks a person for what a question says; nil where nobody is there.
	Ask     func(question string) (string, error)
	NoAgent bool          // asks no agent for keys
	Timeout time.Duration // for a connection; 0 means 30 s

	Home    string
	Getenv  func(string) string
	Random  io.Reader // of which names of unfinished files are drawn
	Retries files.Retries
}

const usualTimeout = 30 * time.Second

// Place is such a folder.
type Place struct {
	Config
	address string // host:port
	lock    sync.Mutex
	client  *ssh.Client
	files   *sftp.Client
}

var _ files.Place = (*Place)(nil)

// Open reads the configuration; it does not connect.
func Open(c Config) (*Place, error) {
	if c.Host == "" {
		return nil, fault.New(fault.Invalid, "The address names no machine: it would be ssh://host/folder.")
	}
	if c.Timeout == 0 {
		c.Timeout = usualTimeout
	}
	p := &Place{Config: c}
	return p, p.settings()
}

// Address is the machine and the folder.
func (p *Place) Address() string { return "ssh://" + p.User + "@" + p.Host + p.Folder }

// Close lets the connection go.
func (p *Place) Close() error {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.drop()
}

func (p *Place) drop() error {
	if p.client == nil {
		return nil
	}
	err := p.client.Close() // first: files waits for what the server still has to say
	_ = p.files.Close()     // whose wire is gone
	p.client, p.files = nil, nil
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		err = nil // it was gone already
	}
	return err
}

// connected is a connection that works, made where there is none.
func (p *Place) connected(ctx context.Context) (*sftp.Client, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.files != nil {
		return p.files, nil
	}
	check, err := p.hosts()
	if err != nil {
		return nil, err
	}
	methods, release := p.methods()
	defer release()
	c := &ssh.ClientConfig{User: p.User, Auth: methods, HostKeyCallback: check.callback, HostKeyAlgorithms: check.algorithms(p.address), Timeout: p.Timeout}
	d := net.Dialer{Timeout: p.Timeout, KeepAlive: 30 * time.Second}
	wire, err := d.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "%s cannot be reached.", p.address)
	}
	stop := context.AfterFunc(ctx, func() { _ = wire.Close() })
	defer stop()
	late := time.AfterFunc(p.Timeout, func() { _ = wire.Close() })
	defer late.Stop()
	conn, channels, requests, err := ssh.NewClientConn(wire, p.address, c)
	if err != nil {
		_ = wire.Close()
		return nil, p.refused(ctx, err)
	}
	p.client = ssh.NewClient(conn, channels, requests)
	if p.files, err = sftp.NewClient(p.client, sftp.UseConcurrentWrites(true)); err != nil {
		err = errors.Join(err, p.client.Close())
		p.client = nil
		return nil, fault.Because(err, fault.Unsupported, "%s speaks no SFTP.", p.address)
	}
	return p.files, nil
}

// refused explains why there is no connection.
func (p *Place) refused(ctx context.Context, err error) error {
	var key *knownhosts.KeyError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &key) && len(key.Want) > 0:
		return fault.WithHint(fault.Because(err, fault.Denied, "%s has another key than %s says: it may be another machine.", p.address, key.Want[0].Filename), "see whether the key was changed, and take the old one out: ssh-keygen -R %s", p.Host)
	case errors.As(err, &key):
		return fault.WithHint(fault.Because(err, fault.Denied, "The key of %s is in no file of known hosts.", p.address), "connect to it once with ssh, and compare the key that it shows")
	case strings.Contains(err.Error(), "unable to authenticate"):
		return fault.WithHint(fault.Because(err, fault.Denied, "%s refuses %s.", p.address, p.User), "set user, keyfile or password of the remote, or add the key to the agent")
	}
	return fault.Because(err, fault.Unavailable, "%s does not answer as an ssh server.", p.address)
}

// do does something with a connection, again where the connection broke.
func (p *Place) do(ctx context.Context, name string, try func(*sftp.Client) error, again func() bool) error {
	return p.Retries.Do(ctx, func() error {
		c, err := p.connected(ctx)
		if err != nil {
			return err
		}
		return p.explain(ctx, name, c, try(c))
	}, again)
}

// explain makes a fault of what the server, or the wire, answered.
func (p *Place) explain(ctx context.Context, name string, c *sftp.Client, err error) error {
	var status *sftp.StatusError
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &known):
		return err
	case errors.Is(err, os.ErrNotExist):
		return fault.Because(err, fault.NotFound, "There is no file %s at %s.", name, p.Address())
	case errors.Is(err, os.ErrPermission):
		return fault.Because(err, fault.Denied, "The file %s at %s may not be reached.", name, p.Address())
	case errors.As(err, &status):
		return fault.Because(err, fault.Conflict, "%s refuses: %s", p.Address(), status.Error())
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.files == c {
		_ = p.drop() // it broke
	}
	return fault.Because(err, fault.Unavailable, "The connection to %s broke off.", p.address)
}

// at is the path of a file on the machine.
func (p *Place) at(name string) (string, error) {
	if name == "" || path.IsAbs(name) || path.Clean(name) != name || name == "." || name == ".." || strings.HasPrefix(name, "../") {
		return "", fault.New(fault.Invalid, "%q leads to no file below %s.", name, p.Address())
	}
	return path.Join(p.Folder, name), nil
}

// hostPort is an address of the network.
func hostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
