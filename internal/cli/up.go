package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/observe"
)

// serving are the flags of the commands that start a server.
type serving struct {
	place
	Listen         string   `default:"127.0.0.1:5000" env:"TACIT_LISTEN" placeholder:"ADDR" help:"Address to listen on, host:port (${env})."`
	PublicURL      string   `name:"public-url" env:"TACIT_PUBLIC_URL" placeholder:"URL" help:"Address that people use, path prefix included, when a proxy stands before tacit (${env})."`
	TrustedProxies []string `env:"TACIT_TRUSTED_PROXIES" placeholder:"CIDR" help:"Peers whose X-Forwarded-For is believed (${env})."`
	Auth           string   `enum:",required" default:"" env:"TACIT_AUTH" help:"required: nobody enters without signing in (${env})."`
	TLSCert        string   `name:"tls-cert" env:"TACIT_TLS_CERT" placeholder:"FILE" help:"Certificate to speak HTTPS with, PEM (${env})."`
	TLSKey         string   `name:"tls-key" env:"TACIT_TLS_KEY" placeholder:"FILE" help:"Key of the certificate, PEM (${env})."`
	ACMEDomain     string   `name:"acme-domain" env:"TACIT_ACME_DOMAIN" placeholder:"NAME" help:"Name to get a certificate for from an ACME server, which must reach it at port 443 (${env})."`
	ACMEDirectory  string   `name:"acme-directory" env:"TACIT_ACME_DIRECTORY" placeholder:"URL" help:"Directory of the ACME server; Let's Encrypt unless set (${env})."`
	ACMEEmail      string   `name:"acme-email" env:"TACIT_ACME_EMAIL" placeholder:"ADDRESS" help:"Address that the ACME server may write to (${env})."`
	ACMECA         string   `name:"acme-ca" env:"TACIT_ACME_CA" placeholder:"FILE" help:"Roots to trust the ACME server by, PEM; those of the system unless set (${env})."`
	Log            string   `env:"TACIT_LOG" placeholder:"LEVEL" help:"Log level on standard error: debug, info, warn, error, off; warn on a terminal, else info (${env})."`
	OTLP           string   `name:"otlp" env:"TACIT_OTLP" placeholder:"URL" help:"OpenTelemetry collector to send traces to, as http://host:4318 (${env})."`
}

func (p place) settings() app.Settings {
	return app.Settings{
		Now: time.Now, Random: rand.Reader,
		Version: Version, Dir: p.Dir, Config: p.Config, Rows: p.Rows, Blobs: p.Blobs,
		S3AccessKey: p.S3AccessKey, S3SecretKey: p.S3SecretKey, SecretKeyFile: p.SecretKeyFile,
		Listen: app.UsualListen, Apart: apartProgram(),
	}
}

// opening is settings whose stores the command opens itself.
func (p place) opening() (app.Settings, error) {
	s := p.settings()
	return s, wrongUsage(s.CheckStores())
}

func (s serving) settings() app.Settings {
	a := s.place.settings()
	a.Listen, a.PublicURL, a.TrustedProxies, a.Auth, a.OTLP = s.Listen, s.PublicURL, s.TrustedProxies, s.Auth, s.OTLP
	a.TLSCert, a.TLSKey = s.TLSCert, s.TLSKey
	a.ACME = app.ACME{Domain: s.ACMEDomain, Directory: s.ACMEDirectory, Email: s.ACMEEmail, CA: s.ACMECA}
	return a
}

func logger(t *terminal, g *globals, level string) (*slog.Logger, error) {
	if level == "" {
		level = "info"
		if t.live && !g.Verbose {
			level = "warn"
		}
	}
	return observe.Logger(t.err, level, t.live)
}

// quietLogger is for commands beside the server: only what went wrong.
func quietLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelError}))
}

// upCommand starts the server.
type upCommand struct {
	serving
}

// Help teaches.
func (upCommand) Help() string {
	return `Without any setting tacit keeps everything in ./.tacit and is open to this machine alone.

  tacit up --listen 127.0.0.1:5001                       another port
  tacit up --auth required                               nobody enters without signing in; so it is wherever others reach it
  TACIT_ROWS=postgres://… TACIT_BLOBS=s3://… tacit up    the stores of an organisation
  tacit doctor                                           what would go wrong

SIGHUP reads tacit.yaml and the certificate again. Ctrl-C or SIGTERM: /health answers 503, requests may end within 20 s, exit 0.
Exit codes: 0 stopped as asked · 2 could not start · 4 wrong usage`
}

// Run starts the server and stays.
func (c upCommand) Run(ctx context.Context, t *terminal, g *globals) error {
	start := time.Now()
	log, err := logger(t, g, c.Log)
	if err != nil {
		return wrongUsage(err)
	}
	settings := c.settings()
	if err := settings.Check(); err != nil {
		return wrongUsage(err)
	}
	house, err := app.Open(ctx, settings, log)
	if err != nil {
		return err
	}
	err = c.serve(ctx, t, house, start)
	return errors.Join(err, house.Close())
}

func (c upCommand) serve(ctx context.Context, t *terminal, house *app.House, start time.Time) error {
	listener, err := house.Listen()
	if err != nil {
		return err
	}
	address := baseURL(house.Settings, app.Reached(listener.Addr().String()))
	if t.json {
		err := t.document(map[string]any{"version": Version, "url": address, "folder": c.Dir, "rows": house.Rows.Dialect().String()})
		if err != nil {
			return err
		}
	} else {
		t.say("tacit %s  folder %s  rows %s  blobs %s  workspace %s", Version, filepath.Clean(c.Dir), house.Rows.Dialect(), blobsWord(c.Blobs), house.Config().Workspace)
		t.say("ready in %.2f s  %s", time.Since(start).Seconds(), openTo(house.Settings))
		t.say("  pages    %s", address)
		t.say("  clients  export MLFLOW_TRACKING_URI=%s", address)
	}
	if err := sayHowToSignIn(ctx, t, house, address); err != nil {
		return err
	}
	go reloadOnHangup(ctx, t, house)
	return house.Serve(ctx, listener)
}

// reloadOnHangup reads tacit.yaml again at SIGHUP, and says what came of it.
func reloadOnHangup(ctx context.Context, t *terminal, house *app.House) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := house.Reload(); err != nil {
				t.fail(err)
				t.note("the settings from before hold")
				continue
			}
			t.note("settings read again")
		}
	}
}

// openTo says in words who may enter.
func openTo(s app.Settings) string {
	if s.RequiresSignIn() {
		return "open to who signs in"
	}
	return "open to this machine only"
}

// sayHowToSignIn tells the link of the first administrator, where there is none,
// and warns where others could read along.
func sayHowToSignIn(ctx context.Context, t *terminal, house *app.House, address string) error {
	if !house.Settings.RequiresSignIn() {
		return nil
	}
	if house.Settings.InTheClear() {
		t.note("warning: passwords and tokens pass unencrypted: give --tls-cert and --tls-key, --acme-domain, or --public-url https://… behind a proxy that speaks TLS")
	}
	link, err := house.FirstLink(ctx)
	if err == nil && link != "" {
		// Not quiet: without it nobody enters.
		_, err = fmt.Fprintf(t.err, "there is no administrator yet; this link makes the first one, once, within 24 hours:\n  %s%s\n", address, link)
	}
	return err
}

func blobsWord(address string) string {
	if scheme, _, ok := strings.Cut(address, "://"); ok {
		return scheme
	}
	return "disk"
}

// baseURL is where people and clients reach the server.
func baseURL(s app.Settings, listening string) string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	if s.ACME.Domain != "" {
		return "https://" + s.ACME.Domain
	}
	return s.Scheme() + "://" + listening
}
