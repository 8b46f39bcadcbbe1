// Package web is a place of files that is a web server: what GET reads and POST or
// PUT writes.
//
// A web server lists nothing and takes nothing away: fault.Unsupported. It is asked
// for a file's size by HEAD, and by GET where it does not know HEAD.
package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Config says where a server is and how it is asked.
type Config struct {
	URL            string // http or https, with a path or without; a user and password in it are for basic authentication
	User, Password string // for basic authentication, where User is not empty
	Header, Value  string // a header of one's own, where Header is not empty
	// Token, where it is not nil, gives a token, and another one than that which was refused.
	Token          func(refused string) (string, error)
	Certificates   []tls.Certificate // by which the server knows who asks
	Method         string            // by which files are written; "" means POST
	Roots          []byte            // of certificates, in PEM; nil means the machine's own
	Unverified     bool              // takes any certificate
	ConnectTimeout time.Duration     // 0 means 60 s
	ReadTimeout    time.Duration     // the longest wait for the next part of an answer; 0 means 60 s
	Connections    int               // at once; 0 means 64
	Client         string            // what the program says of itself
	Random         io.Reader         // of which names of unfinished files are drawn, where the server speaks WebDAV
	Retries        files.Retries
}

const usualTimeout = 60 * time.Second

// Place is a web server.
type Place struct {
	Config
	base   *url.URL
	client *http.Client
}

var _ files.Place = (*Place)(nil)

// Open reads the configuration; it does not connect.
func Open(c Config) (*Place, error) {
	base, err := url.Parse(c.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "%q is no address of a web server.", c.URL)
	}
	if base.User != nil && c.User == "" {
		c.User = base.User.Username()
		if password, set := base.User.Password(); set {
			c.Password = password
		}
	}
	base.User = nil
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = usualTimeout
	}
	if c.ReadTimeout == 0 {
		c.ReadTimeout = usualTimeout
	}
	if c.Connections == 0 {
		c.Connections = 64
	}
	security := &tls.Config{InsecureSkipVerify: c.Unverified, Certificates: c.Certificates} //nolint:gosec // who sets it says so
	if c.Roots != nil {
		security.RootCAs = x509.NewCertPool()
		if !security.RootCAs.AppendCertsFromPEM(c.Roots) {
			return nil, fault.New(fault.Invalid, "There are no certificates for %s in the file that is set.", base.Redacted())
		}
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: c.ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig: security, TLSHandshakeTimeout: c.ConnectTimeout, ForceAttemptHTTP2: true, DisableCompression: true,
		MaxIdleConnsPerHost: c.Connections, MaxConnsPerHost: c.Connections, IdleConnTimeout: time.Minute, WriteBufferSize: 64 << 10, ReadBufferSize: 64 << 10,
	}
	return &Place{Config: c, base: base, client: &http.Client{Transport: transport, CheckRedirect: redirect}}, nil
}

// redirect follows as browsers do, and never takes a header of one's own to another
// host: net/http keeps Authorization to itself, and knows no other.
func redirect(r *http.Request, before []*http.Request) error {
	if len(before) >= 10 {
		return errors.New("there are more than ten redirections")
	}
	if r.URL.Host != before[0].URL.Host {
		for name := range r.Header {
			if name != "Range" && name != "User-Agent" && name != "If-Range" {
				r.Header.Del(name)
			}
		}
	}
	return nil
}

// Address is the server's, without a password.
func (p *Place) Address() string { return p.base.String() }

// Close lets idle connections go.
func (p *Place) Close() error {
	p.client.CloseIdleConnections()
	return nil
}

// slowest is how many bytes a second a server stores at least, before it answers.
const slowest = 16 << 20

// Patient is the place with time for a server to store so many bytes, while it
// neither takes more nor answers.
func (p *Place) Patient(bytes int64) *Place {
	patient := *p
	patient.ReadTimeout += time.Duration(bytes/slowest) * time.Second
	return &patient
}

// request makes one for a path below the base.
func (p *Place) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	u := *p.base
	u.Path = strings.TrimSuffix(u.Path, "/") + "/" + path
	u.RawPath = ""
	r, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "%q cannot be asked for.", path)
	}
	if p.User != "" {
		r.SetBasicAuth(p.User, p.Password)
	}
	if p.Header != "" {
		r.Header.Set(p.Header, p.Value)
	}
	if p.Token != nil {
		token, err := p.Token("")
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if p.Client != "" {
		r.Header.Set("User-Agent", p.Client)
	}
	r.Header.Set("Accept-Encoding", "identity")
	return r, nil
}

// do sends a request and gives an answer of success: others are faults. The wait for
// an answer, and for each part of its body, has an end.
func (p *Place) do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	late := time.AfterFunc(p.ReadTimeout, func() {
		cancel(fault.New(fault.Unavailable, "%s does not answer.", p.Address()))
	})
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &lively{ReadCloser: r.Body, late: late, wait: p.ReadTimeout}
	}
	answer, err := p.client.Do(r.WithContext(ctx))
	if err != nil {
		late.Stop()
		err = p.failed(r.Context(), ctx, err)
		cancel(nil)
		return nil, err
	}
	answer.Body = &answered{lively{answer.Body, late, p.ReadTimeout}, p, r.Context(), ctx, cancel}
	if answer.StatusCode < http.StatusMultipleChoices {
		return answer, nil
	}
	err = refused(p.Address(), r, answer)
	_ = answer.Body.Close()
	if answer.StatusCode == http.StatusUnauthorized && p.Token != nil {
		return nil, p.renewed(r, err)
	}
	return nil, err
}

// renewed asks for another token where one was refused: with that, it may be tried again.
func (p *Place) renewed(r *http.Request, err error) error {
	was := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, failed := p.Token(was)
	if failed != nil {
		return failed
	}
	if token != was {
		return fault.Because(err, fault.Unavailable, "%s takes a token no more.", p.Address())
	}
	return err
}

// failed explains why there is no answer, or no more of it.
func (p *Place) failed(outer, inner context.Context, err error) error {
	if cause := context.Cause(outer); cause != nil {
		return cause
	}
	if cause := context.Cause(inner); cause != nil {
		return cause
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	if errors.As(err, &unknown) || errors.As(err, &host) {
		return fault.WithHint(fault.Because(err, fault.Denied, "The certificate of %s is not trusted: %s.", p.Address(), err), "set ssl_verify to the file of its authority")
	}
	return fault.Because(err, fault.Unavailable, "%s cannot be reached.", p.Address())
}

// lively puts off the end of a wait as long as something moves.
type lively struct {
	io.ReadCloser
	late *time.Timer
	wait time.Duration
}

// Read reads on.
func (l *lively) Read(b []byte) (int, error) {
	l.late.Reset(l.wait)
	n, err := l.ReadCloser.Read(b)
	l.late.Reset(l.wait)
	return n, err
}

// answered is the body of an answer.
type answered struct {
	lively
	place        *Place
	outer, inner context.Context //nolint:containedctx // of the one request
	cancel       context.CancelCauseFunc
}

// Read reads on.
func (a *answered) Read(b []byte) (int, error) {
	n, err := a.lively.Read(b)
	if err != nil {
		a.late.Stop()
		if !errors.Is(err, io.EOF) {
			err = a.place.failed(a.outer, a.inner, err)
		}
	}
	return n, err
}

// Close lets go of the answer.
func (a *answered) Close() error {
	a.late.Stop()
	err := a.ReadCloser.Close()
	a.cancel(nil)
	return err
}

// refused is what an answer without success means.
func refused(address string, r *http.Request, answer *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 300)) // what it says is for people alone
	said := strings.TrimSpace(strings.SplitN(string(text), "\n", 2)[0])
	if said == "" || strings.HasPrefix(said, "<") || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/plain") {
		said = answer.Status
	}
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return fault.WithHint(fault.New(fault.Denied, "%s refuses the credentials: %s", address, said), "set user and password of the remote, or a header with a token")
	case code == http.StatusNotFound, code == http.StatusGone:
		return fault.New(fault.NotFound, "There is no %s at %s.", r.URL.Path, address)
	case code == http.StatusConflict, code == http.StatusPreconditionFailed:
		return fault.New(fault.Conflict, "%s refuses: %s", address, said)
	case code == http.StatusMethodNotAllowed, code == http.StatusNotImplemented:
		return fault.New(fault.Unsupported, "%s does not know how to %s: %s", address, r.Method, said)
	case code == http.StatusTooManyRequests, code >= http.StatusInternalServerError, code == http.StatusRequestTimeout, code == http.StatusLocked:
		err := fault.New(fault.Unavailable, "%s does not answer as it should: %s", address, said)
		if wait, bad := strconv.Atoi(answer.Header.Get("Retry-After")); bad == nil && wait > 0 {
			err = fault.After(err, time.Duration(min(wait, 30))*time.Second)
		}
		return err
	case code == http.StatusRequestEntityTooLarge, code == http.StatusInsufficientStorage:
		return fault.New(fault.Limit, "%s takes no more: %s", address, said)
	case code == http.StatusRequestedRangeNotSatisfiable:
		return fault.New(fault.Conflict, "%s is shorter at %s than was told.", r.URL.Path, address)
	}
	return fault.New(fault.Invalid, "%s refuses: %s", address, said)
}
