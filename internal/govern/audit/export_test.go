package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/freeport"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// collected are the entries that a target got, by index.
type collected struct {
	mu    sync.Mutex
	times map[int64]int
	next  int64 // the greatest that may come; what came may come again
}

func (c *collected) take(t *testing.T, line string) {
	var e struct{ Index int64 }
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Errorf("%q is no entry: %v", line, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times == nil {
		c.times = map[int64]int{}
	}
	if e.Index > c.next {
		t.Errorf("entry %d comes before %d", e.Index, c.next)
	}
	c.next = e.Index + 1
	c.times[e.Index]++
}

func (c *collected) wait(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		got := len(c.times)
		c.mu.Unlock()
		if got >= n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d entries came within a minute", got, n)
		}
	}
}

// exporting runs the export until the returned function is called.
func (h *house) exporting() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.Export(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// exported waits until the one target is known to have everything.
func (h *house) exported(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		all, err := h.Exports(local())
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 1 && all[0].Waiting == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not everything is exported: %+v", all)
		}
	}
}

// A collector that is away for a time gets all that happened meanwhile, in
// order, shown its token; after a new start the export goes on where it was.
func TestExportToACollector(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		var got collected
		var away sync.Map
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, is := away.Load("away"); is || r.Header.Get("Content-Type") != "application/x-ndjson" {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			body, _ := io.ReadAll(r.Body)
			for line := range strings.Lines(string(body)) {
				got.take(t, line)
			}
		}))
		t.Cleanup(server.Close)
		h.targets = []Target{{To: server.URL + "/audit"}}
		h.announce(t, 1500)
		h.settle(t, 1500)
		stop := h.exporting()
		got.wait(t, 1500)
		h.exported(t) // a batch that is taken, and not yet known to be, comes again
		stop()
		away.Store("away", true)
		h.announce(t, 10) // and nothing of it waits for the collector
		h.settle(t, 1510)
		stop = h.exporting()
		for {
			all, err := h.Exports(local())
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			if !all[0].Failed.IsZero() {
				if all[0].Waiting != 10 || !strings.Contains(all[0].Reason, "503") {
					t.Errorf("away: %+v", all[0])
				}
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		away.Delete("away")
		got.wait(t, 1510)
		h.exported(t)
		stop()
		if all, err := h.Exports(local()); err != nil || all[0].Waiting != 0 || !all[0].Failed.IsZero() {
			t.Errorf("all is there: %+v, %v", all, err)
		}
		for i := range int64(1510) {
			if got.times[i] < 1 {
				t.Errorf("entry %d came %d times", i, got.times[i])
			}
		}
	})
}

// A syslog server that restarts in the middle loses nothing: what it may not
// have taken comes again.
func TestExportToASyslogServerThatRestarts(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		address := freeport.Address(t)
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		var got collected
		serve := func(l net.Listener, most int) {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer func() { _, _ = conn.Close(), l.Close() }()
			in := bufio.NewReader(conn)
			for range most {
				var n int
				if _, err := fmt.Fscanf(in, "%d ", &n); err != nil {
					return
				}
				text := make([]byte, n)
				if _, err := io.ReadFull(in, text); err != nil {
					return
				}
				got.take(t, string(text[strings.Index(string(text), " - {")+3:]))
			}
		}
		go serve(listener, 300)
		h.targets = []Target{{To: "syslog://" + address}}
		h.announce(t, 1200)
		h.settle(t, 1200)
		stop := h.exporting()
		defer stop()
		got.wait(t, 300)
		var again net.Listener
		for again == nil {
			again, _ = net.Listen("tcp", address) // the port is free when the first has gone
			time.Sleep(time.Millisecond)
		}
		go serve(again, 1<<20)
		got.wait(t, 1200)
		t.Cleanup(func() { _ = again.Close() })
	})
}

// Of two processes on one store one exports at a time, and the other goes on
// when it ends.
func TestOneProcessExports(t *testing.T) {
	t.Parallel()
	first := open(t, rowstest.Postgres(t, schemas())) // a folder has one process
	first.targets = []Target{{To: "http://127.0.0.1:9/nowhere"}}
	x := &exporter{Service: first.Service, Target: first.targets[0], holder: "a"}
	y := &exporter{Service: first.Service, Target: first.targets[0], holder: "b"}
	claims := func(x *exporter, want bool) {
		t.Helper()
		if held, err := x.claim(local()); err != nil || held != want {
			t.Fatalf("%s: held %v, %v; want %v", x.holder, held, err, want)
		}
	}
	claims(x, true)
	claims(y, false)
	if err := x.move(local(), 7); err != nil {
		t.Fatal(err)
	}
	first.now = first.now.Add(leaseTime) // the first says nothing more
	claims(y, true)
	if y.next != 7 {
		t.Errorf("goes on at %d, want 7", y.next)
	}
	if err := x.move(local(), 9); err == nil {
		t.Error("who lost the lease moved the place")
	}
	claims(x, false)
}

func TestTargetsOfTheSettings(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		targets []Target
		says    string // "" for sound
	}{
		{[]Target{{To: "syslog://siem:514"}, {To: "https://c.example/x", TokenFile: token}}, ""},
		{[]Target{{To: "audit.jsonl"}}, "export[0]: \"audit.jsonl\" is not the address"},
		{[]Target{{To: "syslog://siem:514"}, {To: "syslog://siem:514"}}, "export[1]: syslog://siem:514 is named twice"},
		{[]Target{{To: "https://ada:secret@c.example"}}, "holds no password"},
		{[]Target{{To: "http://c.example", TokenFile: token}}, "would pass readable"},
		{[]Target{{To: "syslog://siem:514", TokenFile: token}}, "takes no token"},
		{[]Target{{To: "https://c.example", TokenFile: token + "s"}}, "has no token"},
		{[]Target{{To: "https://c.example", CAFile: token}}, "has no certificates"},
		{[]Target{{To: "syslog://siem:514", CAFile: token}}, "ca_file is for"},
	} {
		s := Settings{Export: c.targets}
		err := s.Validate()
		if (err == nil) != (c.says == "") || !strings.Contains(fault.Sentence(err), c.says) {
			t.Errorf("%v: %v, want %q", c.targets, err, c.says)
		}
	}
	if got, err := (Target{TokenFile: token}).token(); err != nil || got != "secret" {
		t.Errorf("the token is read as %q, %v", got, err)
	}
}

// Who writes the store can have entries sent again, and neither left out nor kept
// from whom they are for.
func TestThePlaceOfAnExportIsNotMoved(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		var got collected
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got.mu.Lock()
			got.next = 1 << 40 // they may come in any order here
			got.mu.Unlock()
			for line := range strings.Lines(string(body)) {
				got.take(t, line)
				got.mu.Lock()
				got.next = 1 << 40
				got.mu.Unlock()
			}
		}))
		t.Cleanup(server.Close)
		h.targets = []Target{{To: server.URL + "/audit"}}
		h.announce(t, 10)
		h.settle(t, 10)
		stop := h.exporting()
		h.exported(t)
		stop()
		h.announce(t, 10)
		h.settle(t, 20)
		h.exec(t, "UPDATE audit_export SET next = 15, holder = 'eve', until = 9000000000000000")
		stop = h.exporting()
		got.wait(t, 20)
		h.exported(t)
		stop()
		got.mu.Lock()
		defer got.mu.Unlock()
		if got.times[0] < 2 || got.times[12] != 1 {
			t.Errorf("they came %v", got.times)
		}
	})
}
