package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/idempotency"
	"github.com/tacit-ml/tacit/internal/foundation/jobs/queue"
	"github.com/tacit-ml/tacit/internal/foundation/observe"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

// storeTime is how long a store may take to prove at the start that it answers.
const storeTime = 15 * time.Second

// sealPurpose is what the key that seals events is derived for.
const sealPurpose = "events"

// House is one open tacit: its foundations, rooms and faces.
type House struct {
	Settings Settings
	Rows     *rows.DB
	Blobs    *blobs.Watched
	Events   *event.Log
	Secrets  *secret.Box
	Jobs     *queue.Queue

	config       atomic.Pointer[config.File]
	log          *slog.Logger
	folder       *folder.Folder
	ids          *id.Source
	now          func() time.Time
	started      time.Time
	answers      *idempotency.Store
	metrics      *observe.Metrics
	tracer       *observe.Tracer
	pair         atomic.Pointer[tls.Certificate] // nil where no file holds one
	issuer       *autocert.Manager               // nil where no ACME server is asked
	check        route.Checker                   // asked at every door
	refused      func(ctx context.Context, action string, object urn.URN, reason error)
	prove        proving                               // who asks, at the doors that others reach
	owner        proving                               // who asks, at the folder's socket
	first        func(context.Context) (string, error) // the secret of the first administrator's link
	spoken       []route.Face
	examined     []func(context.Context) []room.Finding // what rooms find when they look at themselves
	workers      []func(context.Context) error          // what rooms do beside requests, until the context ends
	tellSettings []func(context.Context) error          // announce that other settings of their room are in force
	settle       func(context.Context) error            // signs what the audit log holds
	served       atomic.Bool                            // somebody may have written something
	closing      atomic.Bool
}

// proving says who asks by credentials, and gives the context in which they do.
type proving func(context.Context, caller.Credentials) (context.Context, error)

// Open locks the folder, opens the stores, brings their schemas up to date and
// gives every room what it needs. On an error nothing stays open.
func Open(ctx context.Context, s Settings, log *slog.Logger) (_ *House, err error) {
	defer fault.Wrap(&err, "app.Open")
	if err := s.Check(); err != nil {
		return nil, err
	}
	h := &House{Settings: s, log: log, now: s.Now, metrics: observe.NewMetrics(s.Version)}
	h.started = h.now()
	h.ids = id.NewSource(h.now, s.Random)
	defer func() {
		if err != nil {
			_ = h.Close()
		}
	}()
	if err := h.open(ctx); err != nil {
		return nil, unstarted(err)
	}
	return h, nil
}

func (h *House) open(ctx context.Context) error {
	if err := h.openStores(ctx); err != nil {
		return err
	}
	r, err := h.openRooms(ctx)
	if err != nil {
		return err
	}
	if err := h.tellRestored(ctx); err != nil {
		h.log.Error("what was restored is not in the audit log", "error", err)
	}
	return h.openFaces(ctx, r)
}

// unstarted gives a store that cannot be written the remedy of who starts: a
// server that runs goes on by itself, this one does not.
func unstarted(err error) error {
	if !writable.Is(err) {
		return err
	}
	return fault.WithHint(err, "make room on its disk, or raise the quota, and start again")
}

func (h *House) openStores(ctx context.Context) (err error) {
	if err = h.Reload(); err != nil {
		return err
	}
	if h.folder, err = folder.Open(h.Settings.Dir); err != nil {
		return err
	}
	if h.issuer, err = h.Settings.ACME.issuer(h.folder.Path()); err != nil {
		return err
	}
	if h.Settings.OTLP != "" {
		if h.tracer, err = observe.NewTracer(ctx, h.Settings.OTLP, h.Settings.Version); err != nil {
			return err
		}
	}
	address := h.Settings.RowsAddress(h.folder.Path())
	if h.Rows, err = rows.Open(ctx, address, rows.Options{Now: h.now, Spread: h.ids.Spread, Log: h.log}); err != nil {
		return unopened(err)
	}
	if err = h.Rows.Migrate(ctx, Schemas()); err != nil {
		return err
	}
	if err = h.Rows.Prove(ctx); err != nil {
		return err
	}
	store, err := openBlobs(h.Settings.BlobsAddress(h.folder.Path()), h.Settings)
	if err != nil {
		return err
	}
	h.Blobs = blobs.Watch(store, h.now)
	if err = h.tryBlobs(ctx); err != nil {
		return err
	}
	h.Jobs = queue.New(queue.Config{DB: h.Rows, Now: h.now, Spread: h.ids.Spread, Log: h.log})
	h.answers = idempotency.New(h.Rows, h.ids, h.now)
	if err = h.answers.TakeUp(ctx); err != nil {
		return err
	}
	keyFile := h.Settings.MasterKey(h.folder.Path())
	h.Secrets, err = secret.Open(ctx, secret.Config{DB: h.Rows, Now: h.now, Random: h.Settings.Random, File: keyFile, Make: true})
	if err != nil {
		return err
	}
	seal, err := h.Secrets.Derived(sealPurpose)
	h.Events = event.NewSealedLog(h.Rows, h.ids, h.now, h.log, seal)
	return err
}

// tryBlobs proves that a store of bytes elsewhere answers, before anybody is
// told that tacit is ready.
func (h *House) tryBlobs(ctx context.Context) error {
	if !strings.Contains(h.Settings.Blobs, "://") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	if err := h.Blobs.Check(ctx); err != nil {
		return fault.WithHint(fault.Because(err, fault.Unavailable, "The store of bytes at %s cannot be used.", h.Blobs.Address()), "tacit doctor tells what is wrong with it")
	}
	return nil
}

// Handler is the one door to all faces. On the folder's socket, socket is the
// address of the server that people use, and else empty.
func (h *House) Handler(socket string) (http.Handler, error) {
	public, err := h.Settings.publicURL()
	if err != nil {
		return nil, err
	}
	proxies, err := h.Settings.trustedProxies()
	if err != nil {
		return nil, err
	}
	prove := h.prove
	if socket != "" {
		prove = h.owner
	}
	door, err := route.Handler(route.Options{
		Faces: h.spoken, Check: h.check, Authenticate: prove, Guarded: socket == "" && h.Settings.RequiresSignIn(),
		Refused: h.refused, Log: h.log, RequestID: h.ids.UUID, Now: h.now,
		Observe: h.metrics.Request, PublicURL: public, TrustedProxies: proxies, Socket: socket,
		Workspace: func() string { return h.Config().Workspace },
	})
	if err != nil {
		return nil, err
	}
	if h.tracer != nil {
		door = h.tracer.Around(door)
	}
	return door, nil
}

// FirstLink makes the link, below the address that people use, by which the first
// administrator enters; "" where there is one, or nobody must sign in. Links that
// were made before hold no longer.
func (h *House) FirstLink(ctx context.Context) (string, error) {
	if !h.Settings.RequiresSignIn() {
		return "", nil
	}
	secret, err := h.first(ctx)
	if err != nil || secret == "" {
		return "", err
	}
	return "/welcome?token=" + secret, nil
}

// Reload reads the settings file and the certificate again. A file with a mistake changes nothing.
func (h *House) Reload() (err error) {
	defer fault.Wrap(&err, "app.Reload")
	read, err := h.Settings.LoadConfig()
	if err != nil {
		return err
	}
	pair, err := h.Settings.certificate()
	if err != nil {
		return err
	}
	h.config.Store(read)
	h.pair.Store(pair)
	if h.served.Load() {
		// Who may signal the process is its user on this machine.
		by := caller.Local(caller.DefaultWorkspace)
		by.Origin.Client = "SIGHUP"
		h.announceSettings(caller.With(context.Background(), by))
	}
	return nil
}

// announceSettings has the audit log tell in the caller's name that other policies,
// exports or another retention are in force, and versions judged by other policies of
// the scanner. They are in force where that cannot be done.
func (h *House) announceSettings(ctx context.Context) {
	for _, tell := range h.tellSettings {
		if err := tell(ctx); err != nil {
			h.log.Error("other settings are in force, and what follows from them is not told", "error", err)
		}
	}
}

// Config is the settings file as it was last read without a mistake.
func (h *House) Config() *config.File { return h.config.Load() }

// Healthy answers fault.Unavailable once the server is on its way down, and
// while a store cannot be written.
func (h *House) Healthy(ctx context.Context) error {
	if h.closing.Load() {
		return fault.New(fault.Unavailable, "tacit is shutting down.")
	}
	if err := h.Rows.Writable(ctx); err != nil {
		return err
	}
	return h.Blobs.Writable(ctx)
}

// settleTime bounds how long the audit log is waited for at the end.
const settleTime = 5 * time.Second

// settleLog has the audit log hold and sign what was written: a command that
// opened the house for a moment leaves nothing behind that nobody signed. What
// cannot be signed now, as on a full disk, is by the next server.
func (h *House) settleLog() {
	if h.settle == nil || !h.served.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	if err := h.settle(ctx); err != nil {
		h.log.Warn("the audit log was not signed at the end", "error", err)
	}
}

// Close gives everything back, in the opposite order of opening. A folder that
// this house made and never served from is gone then.
func (h *House) Close() error {
	h.settleLog()
	var all []error
	if h.tracer != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		all = append(all, h.tracer.Close(ctx))
	}
	if h.Blobs != nil {
		all = append(all, h.Blobs.Close())
	}
	if h.Rows != nil {
		all = append(all, h.Rows.Close())
	}
	if h.folder != nil && h.served.Load() {
		all = append(all, h.folder.Close())
	} else if h.folder != nil {
		all = append(all, h.folder.Undo())
	}
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("app: close: %w", err)
	}
	return nil
}
