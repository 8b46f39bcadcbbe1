package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
)

const (
	// drainTime is how long requests may go on after the server was told to stop.
	drainTime = 20 * time.Second
	// headTime bounds the head of a request: a slow client holds no connection.
	headTime = 15 * time.Second
	idleTime = 2 * time.Minute
)

// Listen takes the address of the settings. Where it is taken, the error names
// who has it.
func (h *House) Listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", h.Settings.Listen)
	if err == nil {
		return listener, nil
	}
	return nil, ListenFault(h.Settings, err)
}

// ListenFault says why an address cannot be listened on, and who has it.
func ListenFault(s Settings, err error) error {
	address := s.Listen
	host, port, splitErr := net.SplitHostPort(address)
	if splitErr != nil || !inUse(err) {
		return fault.Because(err, fault.Unavailable, "tacit cannot listen on %s.", address)
	}
	who := ""
	if name, pid, ok := portHolder(port); ok {
		who = fmt.Sprintf(" by %s (pid %d)", name, pid)
	}
	return fault.WithHint(fault.New(fault.Conflict, "port %s on %s is taken%s", port, host, who),
		"stop it, or choose another: tacit %s%s --listen %s", s.command(), s.elsewhere(), net.JoinHostPort(host, nextPort(port)))
}

func nextPort(port string) string {
	n := 0
	if _, err := fmt.Sscanf(port, "%d", &n); err != nil || n >= 65535 {
		return "5001"
	}
	return fmt.Sprint(n + 1)
}

// Serve answers on listener and on the folder's socket until ctx ends; then
// /health answers 503, requests drain, workers let go, and Serve returns nil.
func (h *House) Serve(ctx context.Context, listener net.Listener) error {
	h.served.Store(true)
	h.announceSettings(caller.With(ctx, caller.System("start", caller.DefaultWorkspace)))
	open, err := h.Handler("")
	if err != nil {
		return err
	}
	reached := Reached(listener.Addr().String())
	beside, err := h.Handler(h.Settings.Scheme() + "://" + reached)
	if err != nil {
		return err
	}
	holder := folder.Holder{PID: os.Getpid(), Listen: reached}
	if !h.Settings.inFolder() {
		holder.Rows = h.Rows.Address()
	}
	if err := h.folder.Hold(holder); err != nil {
		return err
	}
	socket, err := h.folder.Listen()
	if err != nil {
		return err
	}
	group, working := errgroup.WithContext(ctx)
	busy := &busy{}
	if h.Settings.speaksTLS() {
		listener = tls.NewListener(listener, h.overTLS())
	}
	servers := []*http.Server{h.serve(group, busy.count(open), listener)}
	if socket != nil {
		servers = append(servers, h.serve(group, busy.count(beside), socket))
	}
	workers, letGo := context.WithCancel(context.WithoutCancel(ctx))
	defer letGo()
	group.Go(func() error { return h.work(workers) })
	group.Go(giveBack)
	group.Go(func() error {
		<-working.Done()
		h.closing.Store(true)
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		// The listener stays until the requests have ended, so that a balancer
		// that asks for health is told to go elsewhere instead of being refused.
		busy.wait(drain)
		var all []error
		for _, s := range servers {
			if err := s.Shutdown(drain); err != nil {
				all = append(all, err, s.Close())
			}
		}
		letGo()
		return errors.Join(all...)
	})
	return group.Wait()
}

// ServeFolder answers on the folder's socket alone, for a command that finds no
// server there, until stop is called.
func (h *House) ServeFolder() (stop func() error, err error) {
	beside, err := h.Handler("http://" + h.Settings.Listen)
	if err != nil {
		return nil, err
	}
	if err := h.folder.Hold(folder.Holder{PID: os.Getpid()}); err != nil {
		return nil, err
	}
	socket, err := h.folder.Listen()
	if err != nil {
		return nil, err
	}
	if socket == nil {
		return nil, fault.WithHint(fault.New(fault.Unsupported, "The path of the folder is too long for a socket."), "start tacit up, and ask it with --url")
	}
	h.served.Store(true)
	group := &errgroup.Group{}
	server := h.serve(group, beside, socket)
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		return errors.Join(server.Shutdown(ctx), group.Wait())
	}, nil
}

func (h *House) serve(group *errgroup.Group, handler http.Handler, listener net.Listener) *http.Server {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headTime, IdleTimeout: idleTime, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn)}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("app: serve on %s: %w", listener.Addr(), err)
		}
		return nil
	})
	return server
}

// busy counts the requests that are being answered, questions for health apart.
type busy struct{ n atomic.Int64 }

func (b *busy) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/health") {
			b.n.Add(1)
			defer b.n.Add(-1)
		}
		next.ServeHTTP(w, r)
	})
}

// wait returns when nothing is being answered, or when ctx ends.
func (b *busy) wait(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for b.n.Load() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// work runs what goes on beside requests until ctx ends.
func (h *House) work(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.Events.Run(ctx) })
	for _, run := range h.workers {
		group.Go(func() error { return run(ctx) })
	}
	return group.Wait()
}

// giveBack returns memory to the system: opening takes far more than what is needed
// from then on, and what pools hold, as those of the migrations' reader, outlives one
// collection.
func giveBack() error {
	runtime.GC()
	debug.FreeOSMemory()
	return nil
}
