package ssh

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	settings "github.com/kevinburke/ssh_config"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// settings takes over what the person's settings of ssh say of the machine.
func (p *Place) settings() error {
	get, err := p.read()
	if err != nil {
		return err
	}
	host := p.Host
	if name := get("HostName"); name != "" {
		host = strings.ReplaceAll(name, "%h", p.Host)
	}
	for _, key := range []string{"ProxyCommand", "ProxyJump"} {
		if v := get(key); v != "" && v != "none" {
			return fault.WithHint(fault.New(fault.Unsupported, "~/.ssh/config reaches %s by %s, which tacit does not follow.", p.Host, key), "forward a port with ssh -L, and set the port of the remote")
		}
	}
	if p.Port == 0 {
		if p.Port, _ = strconv.Atoi(get("Port")); p.Port == 0 { // what is no number ssh refuses itself
			p.Port = 22
		}
	}
	if p.User == "" {
		p.User = get("User")
	}
	if p.User == "" {
		me, err := user.Current()
		if err != nil {
			return fault.Because(err, fault.Invalid, "Nobody says which user of %s is meant.", p.Host)
		}
		p.User = me.Username
	}
	if p.KeyFile == "" {
		if file := get("IdentityFile"); file != "" {
			p.KeyFile = p.expand(file)
		}
	}
	p.address = hostPort(host, p.Port)
	return nil
}

// expand is a path that may begin in the person's home.
func (p *Place) expand(file string) string {
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		return filepath.Join(p.Home, rest)
	}
	return strings.ReplaceAll(file, "%d", p.Home)
}

// read reads the person's settings of ssh; an absent file says nothing.
func (p *Place) read() (func(key string) string, error) {
	file := filepath.Join(p.Home, ".ssh", "config")
	f, err := os.Open(file) //nolint:gosec // the person's own
	if errors.Is(err, fs.ErrNotExist) {
		return func(string) string { return "" }, nil
	}
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "%s cannot be read.", file)
	}
	c, err := settings.Decode(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fault.Because(err, fault.Invalid, "%s is not read: %s", file, err)
	}
	return func(key string) string {
		v, err := c.Get(p.Host, key)
		if err != nil {
			return ""
		}
		return v
	}, nil
}

// hosts are the machines that are known.
type hosts struct{ callback ssh.HostKeyCallback }

func (p *Place) hosts() (*hosts, error) {
	var there []string
	for _, file := range []string{filepath.Join(p.Home, ".ssh", "known_hosts"), filepath.Join(p.Home, ".ssh", "known_hosts2"), "/etc/ssh/ssh_known_hosts"} {
		if _, err := os.Stat(file); err == nil {
			there = append(there, file)
		}
	}
	callback, err := knownhosts.New(there...)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "A file of known hosts cannot be read.")
	}
	return &hosts{callback}, nil
}

// algorithms are the kinds of keys that are known of an address: others that the machine
// has too would be unknown ones. nil for all, where none is.
func (h *hosts) algorithms(address string) (all []string) {
	var key *knownhosts.KeyError
	err := h.callback(address, &net.TCPAddr{IP: net.IPv4zero}, noKey{})
	if !errors.As(err, &key) {
		return nil
	}
	for _, k := range key.Want {
		kinds := []string{k.Key.Type()}
		if k.Key.Type() == ssh.KeyAlgoRSA {
			kinds = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
		}
		for _, kind := range kinds {
			if !slices.Contains(all, kind) {
				all = append(all, kind)
			}
		}
	}
	return all
}

// noKey is a key that no machine has.
type noKey struct{}

// Type names no kind of key.
func (noKey) Type() string { return "none" }

// Marshal gives no key.
func (noKey) Marshal() []byte { return []byte("none") }

// Verify verifies nothing.
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("no key") }

// methods are the ways to prove who asks; release lets the agent go.
func (p *Place) methods() (all []ssh.AuthMethod, release func()) {
	release = func() {}
	all = append(all, ssh.PublicKeysCallback(p.keys))
	if socket := p.Getenv("SSH_AUTH_SOCK"); socket != "" && !p.NoAgent {
		if wire, err := net.Dial("unix", socket); err == nil {
			own := p.keys
			all[0] = ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
				signers, err := agent.NewClient(wire).Signers()
				if err != nil {
					signers = nil // an agent that does not answer has no keys
				}
				more, err := own()
				return append(signers, more...), err
			})
			release = func() { _ = wire.Close() }
		}
	}
	if p.Password != "" {
		all = append(all, ssh.Password(p.Password), ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			answers := make([]string, len(questions))
			for i := range answers {
				answers[i] = p.Password
			}
			return answers, nil
		}))
	}
	return all, release
}

// keys are those of the file that is set, or of the files that ssh looks at.
func (p *Place) keys() (all []ssh.Signer, err error) {
	if p.KeyFile != "" {
		signer, err := p.key(p.KeyFile)
		if err != nil {
			return nil, err
		}
		return []ssh.Signer{signer}, nil
	}
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
		signer, err := p.key(filepath.Join(p.Home, ".ssh", name))
		if err == nil {
			all = append(all, signer)
		}
	}
	return all, nil
}

func (p *Place) key(file string) (ssh.Signer, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the person's own
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The key %s cannot be read.", file)
	}
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		word := p.Passphrase
		if word == "" && p.Ask != nil {
			if word, err = p.Ask("passphrase of " + file); err != nil {
				return nil, err
			}
		}
		signer, err = ssh.ParsePrivateKeyWithPassphrase(text, []byte(word))
	}
	if err != nil {
		return nil, fault.WithHint(fault.Because(err, fault.Denied, "The key %s cannot be used.", file), "set its passphrase, or add it to the agent")
	}
	return signer, nil
}
