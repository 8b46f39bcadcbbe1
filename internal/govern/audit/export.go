package audit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/deliver"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// exportEvery is how often a target is looked after that has all there is.
	exportEvery = time.Second
	// exportBatch bounds the entries that go out together.
	exportBatch = 1000
	// leaseTime is how long a process that says nothing more keeps others from
	// exporting to its target: longer than one batch may take.
	leaseTime = 3 * time.Minute
	// batchTime bounds the delivery of one batch.
	batchTime = time.Minute
	// mostExportPause bounds the pause after failures, which doubles.
	mostExportPause = time.Minute
	// maxToken bounds the file of a token, in bytes.
	maxToken = 8 << 10
)

// Exported says how far an export has come.
type Exported struct {
	Target  string
	Waiting int64     // entries that it has not got
	Moved   time.Time // when it took the last batch, zero for never
	Failed  time.Time // since when it takes none, zero where it does
	Reason  string    // why not

	next int64
}

// Exports says of each target of the settings how far its export has come.
func (s *Service) Exports(ctx context.Context) (_ []Exported, err error) {
	defer fault.Wrap(&err, "audit.Exports")
	settings := s.Settings()
	if len(settings.Export) == 0 {
		return nil, nil
	}
	size, err := rows.One(ctx, s.DB.Read(), rows.Column[int64], selectSize)
	if err != nil {
		return nil, err
	}
	kept, err := rows.Collect(ctx, s.DB.Read(), scanExport, selectExports)
	if err != nil {
		return nil, err
	}
	all := make([]Exported, len(settings.Export))
	for i, t := range settings.Export {
		all[i] = Exported{Target: t.To, Waiting: size}
		for _, e := range kept {
			if e.Target == t.To {
				e.Waiting = max(size-e.next, 0)
				all[i] = e
			}
		}
	}
	return all, nil
}

// Export sends entries to the targets of the settings, as they are at the time,
// until ctx ends. Each target has its own place in the log, which is kept in the
// records: what it did not take waits there, however long, and keeps no other
// target and no request waiting.
func (s *Service) Export(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	running := map[Target]context.CancelFunc{}
	defer func() {
		for _, stop := range running {
			stop()
		}
	}()
	tick := time.NewTicker(exportEvery)
	defer tick.Stop()
	for {
		settings := s.Settings()
		wanted := map[Target]bool{}
		for _, t := range settings.Export {
			if wanted[t] = true; running[t] == nil {
				one, stop := context.WithCancel(ctx)
				running[t] = stop
				all.Go(func() { (&exporter{Service: s, Target: t, holder: s.holder()}).run(one) })
			}
		}
		for t, stop := range running {
			if !wanted[t] {
				stop()
				delete(running, t)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// holder names this process in leases. A store in a folder has one process: what
// it finds held there, a dead one held.
func (s *Service) holder() string {
	if s.DB.Dialect() == rows.SQLite {
		return "folder"
	}
	return s.IDs.UUID()
}

// exporter sends entries to one target.
type exporter struct {
	*Service
	Target
	holder  string
	open    deliver.Target // nil while there is no connection
	next    int64          // index to go on from
	until   time.Time      // when the lease ends
	failing bool
}

func (x *exporter) run(ctx context.Context) {
	ctx = caller.With(ctx, caller.System("audit", caller.DefaultWorkspace))
	pause := exportEvery
	for ctx.Err() == nil {
		more, err := x.step(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			x.fail(ctx, err)
			pause = min(2*pause, mostExportPause)
		case more:
			pause = exportEvery
			continue
		default:
			pause = exportEvery
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	x.disconnect()
	ctx = context.WithoutCancel(ctx)
	err := x.DB.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, releaseExport, x.To, x.holder)
		return err
	})
	if err != nil {
		x.Log.Warn("the lease of an export could not be given back; another process waits until it ends", "target", x.To, "error", err)
	}
}

// step sends one batch, and says whether there is more. It does nothing where
// another process holds the lease.
func (x *exporter) step(ctx context.Context) (more bool, err error) {
	if held, err := x.claim(ctx); err != nil || !held {
		return false, err
	}
	entries, next, err := x.Logged(ctx, Query{Everywhere: true}, x.next, exportBatch)
	if err != nil || next == x.next {
		return false, err
	}
	batch := make([]deliver.Message, len(entries))
	for i, e := range entries {
		text, err := x.Text(e)
		if err != nil {
			return false, err
		}
		batch[i] = deliver.Message{Key: e.ID, Time: e.Time, Kind: e.Verb, Warning: e.Outcome != event.Done || e.Changed, JSON: text}
	}
	if err := x.deliver(ctx, batch); err != nil {
		return false, err
	}
	more = next-x.next == exportBatch
	return more, x.move(context.WithoutCancel(ctx), next) // what was taken is taken, also on the way down
}

// claim takes the lease, or makes it longer when half of it is over.
func (x *exporter) claim(ctx context.Context) (held bool, err error) {
	now := x.Now()
	if x.until.Sub(now) > leaseTime/2 {
		return true, nil
	}
	until := now.Add(leaseTime)
	var at place
	err = x.DB.Write(ctx, func(tx *rows.Tx) (err error) {
		at, err = rows.One(ctx, tx, scanPlace, claimExport, x.To, x.holder, until.UnixMicro(), now.UnixMicro(), until.Add(skew).UnixMicro())
		return err
	})
	if rows.IsNone(err) {
		x.disconnect()
		return false, nil
	}
	if err != nil {
		return false, err
	}
	seal, err := x.seal(at.next)
	if err != nil {
		return false, err
	}
	if at.next > 0 && !hmac.Equal(seal, at.seal) {
		x.Log.Error("the place of an export of the audit log was moved by another than tacit; all entries go out again", "target", x.To, "place", at.next)
		at.next = 0
	}
	x.next, x.until = at.next, until
	return true, nil
}

// seal is the code of a place in the log for the target: whoever writes the store
// and has no key can have entries sent again, and none left out.
func (x *exporter) seal(next int64) ([]byte, error) {
	key, err := x.Keys.Derived("audit export")
	if err != nil {
		return nil, err
	}
	code := hmac.New(sha256.New, key)
	fmt.Fprintf(code, "%d %s", next, x.To)
	return code.Sum(nil), nil
}

// deliver sends a batch over the connection, which is opened where there is none.
func (x *exporter) deliver(ctx context.Context, batch []deliver.Message) (err error) {
	ctx, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	if x.open == nil {
		o := deliver.Options{Once: true, Short: func(m deliver.Message, size int) {
			x.Log.Warn("an entry of the audit log is larger than a packet of UDP, and goes out in short; syslog:// and syslogs:// take it whole", "target", x.To, "id", m.Key, "bytes", size)
		}}
		if o.Token, err = x.token(); err != nil {
			return err
		}
		if o.Roots, err = x.roots(); err != nil {
			return err
		}
		if x.open, err = deliver.Open(ctx, x.To, o); err != nil {
			return err
		}
	}
	return x.open.Deliver(ctx, batch)
}

// move keeps that the target has all before next.
func (x *exporter) move(ctx context.Context, next int64) error {
	now := x.Now()
	seal, err := x.seal(next)
	if err != nil {
		return err
	}
	if err := x.write(ctx, moveExport, x.To, x.holder, next, now.Add(leaseTime).UnixMicro(), now.UnixMicro(), seal); err != nil {
		return err
	}
	x.next, x.until = next, now.Add(leaseTime)
	if x.failing {
		x.failing = false
		x.Log.Info("an export of the audit log goes on", "target", x.To)
	}
	return nil
}

// write changes the record of the target while the lease is this process's.
func (x *exporter) write(ctx context.Context, statement string, args ...any) error {
	return x.DB.Write(ctx, func(tx *rows.Tx) error {
		n, err := tx.Exec(ctx, statement, args...)
		if err == nil && n == 0 {
			x.until = time.Time{}
			err = fmt.Errorf("audit: the lease of the export to %s is another's", x.To)
		}
		return err
	})
}

// fail keeps why the target takes nothing, and tells the log once. The next
// attempt opens a new connection and reads the place anew.
func (x *exporter) fail(ctx context.Context, reason error) {
	x.disconnect()
	if !x.failing {
		x.failing = true
		x.Log.Error("an export of the audit log fails; entries wait until the target takes them", "target", x.To, "error", reason)
	}
	text := fault.Sentence(reason)
	if text == "" {
		text = "Something went wrong inside tacit; the server's log has the reason."
	}
	now := x.Now()
	if err := x.write(ctx, failExport, x.To, x.holder, now.Add(leaseTime).UnixMicro(), now.UnixMicro(), text); err != nil {
		x.Log.Debug("the failure of an export could not be kept", "target", x.To, "error", err)
	}
	x.until = time.Time{}
}

func (x *exporter) disconnect() {
	if x.open != nil {
		_ = x.open.Close() // it failed, or nothing is on its way
		x.open = nil
	}
}

// token reads what a collector is shown; the file is read at each connection, so
// that another token needs no new start.
func (t Target) token() (string, error) {
	if t.TokenFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(t.TokenFile)
	if err != nil || len(text) > maxToken || strings.TrimSpace(string(text)) == "" {
		return "", fault.New(fault.Invalid, "The file %s has no token of at most %d bytes.", t.TokenFile, maxToken)
	}
	return strings.TrimSpace(string(text)), nil
}

// roots reads who may have signed the target's certificate.
func (t Target) roots() (*x509.CertPool, error) {
	if t.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(t.CAFile)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		return nil, fault.New(fault.Invalid, "The file %s has no certificates in PEM form.", t.CAFile)
	}
	return pool, nil
}
