package app

import (
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake/apart"
	"github.com/tacit-ml/tacit/internal/foundation/observe"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// UsualDir and UsualListen are where a tacit is that nobody told where to be.
const (
	UsualDir    = ".tacit"
	UsualListen = "127.0.0.1:5000"
)

// Settings are what must be known before the start. The command line fills
// them from flags and TACIT_* variables.
type Settings struct {
	Now    func() time.Time // the clock
	Random io.Reader        // random bytes; must never fail

	Version        string
	Command        string // the command that starts the server, for hints; "" is up
	Listen         string // host:port
	Dir            string // folder
	Rows           string // "" for SQLite in the folder, a path of SQLite's file, or postgres://…
	Blobs          string // "" for the folder's blobs/, a path, or s3://bucket/prefix?endpoint=…
	S3AccessKey    string
	S3SecretKey    string
	SecretKeyFile  string // "" for master.key in the folder
	Config         string // "" for tacit.yaml beside the folder
	PublicURL      string // "" for this machine's own address
	TrustedProxies []string
	Auth           string // "" or "required"
	TLSCert        string // PEM file of the certificate, "" to speak HTTP
	TLSKey         string // PEM file of its key
	ACME           ACME   // zero for none
	// Apart answers questions about files of rows in a process of its own; the zero value
	// has them answered in this one.
	Apart apart.Program
	OTLP  string // URL of an OpenTelemetry collector, "" for none
}

// RowsAddress is where the records are.
func (s Settings) RowsAddress(folder string) string {
	if s.inFolder() {
		return filepath.Join(folder, "tacit.db")
	}
	return s.Rows
}

// inFolder says that the records are in the folder, in SQLite's file.
func (s Settings) inFolder() bool { return s.Rows == "" || s.Rows == "sqlite" }

// sqliteFile is where SQLite's file is, "" for records in PostgreSQL.
func (s Settings) sqliteFile(folder string) string {
	if s.inFolder() || !strings.Contains(s.Rows, "://") {
		return s.RowsAddress(folder)
	}
	return ""
}

// RowsTold names the store of records in a sentence, without a password.
func (s Settings) RowsTold() string {
	switch {
	case s.inFolder():
		return "SQLite in " + s.Dir
	case s.sqliteFile(s.Dir) != "":
		return "SQLite at " + s.Rows
	}
	return "PostgreSQL at " + rows.Told(s.Rows)
}

// BlobsAddress is where the bytes are.
func (s Settings) BlobsAddress(folder string) string {
	if s.Blobs == "" || s.Blobs == "disk" {
		return filepath.Join(folder, "blobs")
	}
	return s.Blobs
}

// MasterKey is the file of the master key.
func (s Settings) MasterKey(folder string) string {
	if s.SecretKeyFile != "" {
		return s.SecretKeyFile
	}
	return filepath.Join(folder, "master.key")
}

// ConfigPath is the settings file and whether it was named, so that it must be
// there.
func (s Settings) ConfigPath() (path string, required bool) {
	if s.Config != "" {
		return s.Config, true
	}
	return filepath.Join(filepath.Dir(filepath.Clean(s.Dir)), "tacit.yaml"), false
}

// UnreadConfig is a settings file in the folder, where none is read, and the one that
// would be read in its place; "" where there is none.
func (s Settings) UnreadConfig() (unread, read string) {
	read, _ = s.ConfigPath()
	unread = filepath.Join(s.Dir, "tacit.yaml")
	there, err := os.Stat(unread)
	if err != nil {
		return "", read
	}
	if other, err := os.Stat(read); err == nil && os.SameFile(there, other) {
		return "", read
	}
	return unread, read
}

// Quoted is a word as a shell takes it for one.
func Quoted(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n\"'`$&|;<>()*?[]#~\\!{}") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func (s Settings) command() string {
	if s.Command == "" {
		return "up"
	}
	return s.Command
}

// elsewhere is the flag of a folder that is not the usual one, for hints.
func (s Settings) elsewhere() string {
	if s.Dir == UsualDir {
		return ""
	}
	return " --dir " + Quoted(s.Dir)
}

// Check refuses settings that cannot be meant, before anything is opened.
func (s Settings) Check() error {
	if err := s.CheckStores(); err != nil {
		return err
	}
	return s.checkServing()
}

// CheckStores is Check for who opens the stores and serves nobody.
func (s Settings) CheckStores() error {
	if err := s.CheckDir(); err != nil {
		return err
	}
	if !s.inFolder() {
		if err := rows.CheckAddress(s.Rows); err != nil {
			return err
		}
	}
	return checkBlobs(s.Blobs, s)
}

// CheckDir refuses a folder without a name, which would be the one the command
// is given in.
func (s Settings) CheckDir() error {
	if s.Dir == "" {
		return fault.WithHint(fault.New(fault.Invalid, "The folder has no name."), "write --dir FOLDER, or leave --dir and TACIT_DIR away for %s", UsualDir)
	}
	return nil
}

// checkServing refuses what cannot be meant of how the server is reached.
func (s Settings) checkServing() error {
	if err := s.checkListen(); err != nil {
		return err
	}
	if s.Auth != "" && s.Auth != "required" {
		return fault.WithHint(fault.New(fault.Invalid, "%q is not a way to ask for sign-in.", s.Auth), "write required, or leave it away")
	}
	if err := s.checkTLS(); err != nil {
		return err
	}
	if s.PublicURL != "" {
		if _, err := s.publicURL(); err != nil {
			return err
		}
	}
	if s.OTLP != "" {
		if err := observe.CheckCollector(s.OTLP); err != nil {
			return err
		}
	}
	_, err := s.trustedProxies()
	return err
}

// checkListen refuses what is no address.
func (s Settings) checkListen() error {
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return fault.WithHint(fault.New(fault.Invalid, "%q is not an address to listen on.", s.Listen), "write host:port, as in --listen 127.0.0.1:5001")
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fault.WithHint(fault.New(fault.Invalid, "%q in %q is not a port.", port, s.Listen), "a port is a number from 1 to 65535, or 0 for one that is free: --listen 127.0.0.1:5001")
	}
	return nil
}

// Reached is where this machine reaches a server that listens on an address:
// one that listens on all addresses is reached on the first.
func Reached(listening string) string {
	host, port, err := net.SplitHostPort(listening)
	if err != nil {
		return listening
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// RequiresSignIn says whether nobody enters without signing in: where it is
// asked for, and wherever other machines reach the address.
func (s Settings) RequiresSignIn() bool {
	return s.Auth == "required" || !s.loopback()
}

// loopback says whether this machine alone reaches the address to listen on.
func (s Settings) loopback() bool {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil || host == "localhost" {
		return err == nil
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (s Settings) publicURL() (*url.URL, error) {
	if s.PublicURL == "" && s.ACME.Domain != "" {
		return &url.URL{Scheme: "https", Host: s.ACME.Domain}, nil
	}
	if s.PublicURL == "" {
		return nil, nil
	}
	u, err := url.Parse(s.PublicURL)
	if err == nil && u.User != nil { // not printed: it may be a password
		return nil, fault.WithHint(fault.New(fault.Invalid, "The public URL of %s holds a user or a password.", u.Host), "leave away what stands before the @: people sign in by themselves")
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not a public URL.", s.PublicURL), "write it as in --public-url https://ml.example.org/tacit")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

func (s Settings) trustedProxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range s.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not a range of addresses.", text), "write it as in --trusted-proxies 10.0.0.0/8")
		}
		all = append(all, p.Masked())
	}
	return all, nil
}
