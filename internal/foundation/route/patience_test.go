package route

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// A client that stops in the middle holds no connection: neither one that sends
// no more of a stream, nor one that takes no more of an answer; and one that
// goes on may take as long as it likes. The clock stands so that what takes a
// minute is over at once.
func TestWhoStopsInTheMiddleIsLeft(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64 // of the real clock
	failed := make(chan error, 1)
	face := world()
	face.Routes = append(face.Routes,
		Route{Method: "PUT", Pattern: "/stream", Action: "thing.update", Scope: Whole, Stream: true, Serve: func(w http.ResponseWriter, r *http.Request, _ any) error {
			_, err := io.Copy(io.Discard, r.Body)
			failed <- err
			return nil
		}},
		Route{Method: "GET", Pattern: "/long", Action: "thing.read", Scope: Whole, Serve: func(w http.ResponseWriter, _ *http.Request, _ any) error {
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					failed <- err
					return nil
				}
			}
		}})
	h, _, _ := door(t, func(o *Options) {
		o.Faces = []Face{face}
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for name, head := range map[string]string{
		"sends no more": "PUT /stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc",
		"takes no more": "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		ahead.Store(int64(200*time.Millisecond - partTime))
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, head); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-failed:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(time.Minute):
			t.Errorf("%s: it is waited for", name)
		}
		_ = conn.Close()
	}
	ahead.Store(0)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for range 3 { // a connection is used again after its deadlines were set
		if _, err := io.WriteString(conn, "PUT /stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil || answer.StatusCode != http.StatusOK || <-failed != nil {
			t.Fatalf("%v, %v", answer, err)
		}
	}
}
