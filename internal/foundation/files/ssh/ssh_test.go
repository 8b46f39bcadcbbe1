package ssh_test

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"
	crypto "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
	"github.com/tacit-ml/tacit/internal/foundation/files/ssh"
)

// machine is a server of ssh on this machine, and a person who may sign in there by the
// password "secret" and by the key in home.
type machine struct {
	t       *testing.T
	address string
	key     crypto.Signer
	home    string
	random  io.Reader // of which keys are drawn

	lock  sync.Mutex
	wires []net.Conn
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newKey(t *testing.T, random io.Reader) (crypto.Signer, ed25519.PrivateKey) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(random)
	must(t, err)
	signer, err := crypto.NewSignerFromKey(private)
	must(t, err)
	return signer, private
}

func serve(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, home: t.TempDir(), random: draw.Reader(t)}
	m.key, _ = newKey(t, m.random)
	own, private := newKey(t, m.random)
	block, err := crypto.MarshalPrivateKeyWithPassphrase(private, "", []byte("opens it"))
	must(t, err)
	must(t, os.MkdirAll(filepath.Join(m.home, ".ssh"), 0o700))
	must(t, os.WriteFile(filepath.Join(m.home, ".ssh/id_ed25519"), pem.EncodeToMemory(block), 0o600))
	c := &crypto.ServerConfig{
		PasswordCallback: func(_ crypto.ConnMetadata, password []byte) (*crypto.Permissions, error) {
			if string(password) != "secret" {
				return nil, errors.New("no")
			}
			return nil, nil
		},
		PublicKeyCallback: func(_ crypto.ConnMetadata, key crypto.PublicKey) (*crypto.Permissions, error) {
			if string(key.Marshal()) != string(own.PublicKey().Marshal()) {
				return nil, errors.New("no")
			}
			return nil, nil
		},
	}
	c.AddHostKey(m.key)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	m.address = l.Addr().String()
	var all sync.WaitGroup
	all.Go(func() {
		for {
			wire, err := l.Accept()
			if err != nil {
				return
			}
			m.lock.Lock()
			m.wires = append(m.wires, wire)
			m.lock.Unlock()
			all.Go(func() { m.talk(wire, c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); m.cut(); all.Wait() })
	m.knows(m.key)
	return m
}

// knows makes a key the one that is known of the machine.
func (m *machine) knows(key crypto.Signer) {
	line := knownhosts.Line([]string{m.address}, key.PublicKey())
	must(m.t, os.WriteFile(filepath.Join(m.home, ".ssh/known_hosts"), []byte(line+"\n"), 0o600))
}

// cut cuts all wires.
func (m *machine) cut() {
	m.lock.Lock()
	defer m.lock.Unlock()
	for _, w := range m.wires {
		_ = w.Close()
	}
	m.wires = nil
}

func (m *machine) talk(wire net.Conn, c *crypto.ServerConfig) {
	conn, channels, requests, err := crypto.NewServerConn(wire, c)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	go crypto.DiscardRequests(requests)
	for asked := range channels {
		channel, requests, err := asked.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				_ = r.Reply(r.Type == "subsystem" && string(r.Payload[4:]) == "sftp", nil)
			}
		}()
		go func() {
			server, err := sftp.NewServer(channel)
			if err == nil {
				_ = server.Serve()
				_ = server.Close()
			}
			_ = channel.Close()
		}()
	}
}

// config is one that signs in by the password.
func (m *machine) config(folder string) ssh.Config {
	host, port, _ := net.SplitHostPort(m.address)
	number, _ := strconv.Atoi(port)
	return ssh.Config{
		Host: host, Port: number, User: "ada", Password: "secret", Folder: folder, Home: m.home, Getenv: func(string) string { return "" },
		Random: draw.Reader(m.t), Retries: files.Retries{First: time.Millisecond},
	}
}

func open(t *testing.T, c ssh.Config) *ssh.Place {
	t.Helper()
	place, err := ssh.Open(c)
	must(t, err)
	t.Cleanup(func() { _ = place.Close() })
	return place
}

func TestPlace(t *testing.T) {
	filestest.Run(t, filestest.Kind{Lists: true, Unsized: true}, func(t *testing.T) files.Place {
		return open(t, serve(t).config(filepath.Join(t.TempDir(), "made by the first")))
	})
}

// TestCut: what broke off is taken up by a connection of its own.
func TestCut(t *testing.T) {
	ctx, m, folder := context.Background(), serve(t), t.TempDir()
	place := open(t, m.config(folder))
	content := strings.Repeat("what is there is there once ", 100_000)
	filestest.Put(t, place, "f", content)
	m.cut()
	if info, err := place.Stat(ctx, "f"); err != nil || info.Size != int64(len(content)) {
		t.Error(info, err)
	}
	r, _, err := place.Open(ctx, "f", 0)
	must(t, err)
	first := make([]byte, 10)
	_, err = io.ReadFull(r, first)
	must(t, err)
	m.cut()
	rest, err := io.ReadAll(r)
	if err != nil || string(first)+string(rest) != content {
		t.Errorf("%d bytes came: %v", len(rest), err)
	}
	must(t, r.Close())
	m.cut()
	filestest.Put(t, place, "g", "again")
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 2 {
		t.Errorf("%v are there: %v", left, err)
	}
}

// TestWho: machines prove who they are, and persons.
func TestWho(t *testing.T) {
	ctx, m := context.Background(), serve(t)
	try := func(change func(*ssh.Config)) error {
		c := m.config(t.TempDir())
		change(&c)
		_, err := open(t, c).Stat(ctx, "absent")
		return err
	}
	key := func(c *ssh.Config) { c.Password, c.Passphrase = "", "opens it" }
	for name, c := range map[string]struct {
		change func(*ssh.Config)
		want   fault.Kind
	}{
		"a password":       {func(*ssh.Config) {}, fault.NotFound},
		"a wrong password": {func(c *ssh.Config) { c.Password = "wrong" }, fault.Denied},
		"a key":            {key, fault.NotFound},
		"a key of a file":  {func(c *ssh.Config) { key(c); c.KeyFile = filepath.Join(m.home, ".ssh/id_ed25519") }, fault.NotFound},
		"a person is asked": {func(c *ssh.Config) {
			key(c)
			c.Passphrase, c.Ask = "", func(string) (string, error) { return "opens it", nil }
		}, fault.NotFound},
		"a wrong passphrase": {func(c *ssh.Config) { key(c); c.Passphrase = "wrong" }, fault.Denied},
		"nothing":            {func(c *ssh.Config) { c.Password, c.Home = "", t.TempDir() }, fault.Denied},
	} {
		if err := try(c.change); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, _ := newKey(t, m.random)
	m.knows(other)
	if err := try(func(*ssh.Config) {}); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "another key") {
		t.Errorf("a machine with another key: %v", err)
	}
	must(t, os.Remove(filepath.Join(m.home, ".ssh/known_hosts")))
	if err := try(func(*ssh.Config) {}); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "known hosts") {
		t.Errorf("a machine that is not known: %v", err)
	}
}

// TestSettings: names, ports, users and keys are the person's own settings of ssh, and
// what they would be followed through is refused.
func TestSettings(t *testing.T) {
	m := serve(t)
	host, port, _ := net.SplitHostPort(m.address)
	must(t, os.WriteFile(filepath.Join(m.home, ".ssh/config"), []byte("Host near\n  HostName "+host+"\n  Port "+port+"\n  User ada\n  IdentityFile ~/.ssh/id_ed25519\nHost far\n  ProxyJump near\n"), 0o600))
	c := m.config(t.TempDir())
	c.Host, c.Port, c.User, c.Password, c.Passphrase = "near", 0, "", "", "opens it"
	if _, err := open(t, c).Stat(context.Background(), "absent"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	c.Host = "far"
	if _, err := ssh.Open(c); !fault.Is(err, fault.Unsupported) {
		t.Errorf("a machine behind another: %v", err)
	}
}
