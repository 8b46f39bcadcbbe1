package route

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// A client that sends all before it reads, as many do, is told why it was
// refused: by the declared length, in the middle of a stream of unknown length,
// and where no route answers.
func TestRefusalWhileTheClientSends(t *testing.T) {
	t.Parallel()
	small := Face{
		Name: "test", Owns: func(*http.Request, string) bool { return true },
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, fault.Sentence(err), http.StatusRequestEntityTooLarge)
		},
		Routes: []Route{{
			Method: "POST", Pattern: "/small", Public: true,
			Decode: func(r *http.Request) (any, error) {
				if n, _ := io.CopyN(io.Discard, r.Body, 1000); n == 1000 {
					return nil, fault.New(fault.Invalid, "More than 999 bytes.")
				}
				return nil, nil
			},
			Serve: func(w http.ResponseWriter, _ *http.Request, _ any) error {
				_, err := w.Write([]byte("taken"))
				return err
			},
		}},
	}
	handler, _, _ := door(t, func(o *Options) { o.Faces = []Face{small} })
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	const size = 32 << 20 // more than any buffer on the way
	for name, c := range map[string]struct {
		head   string
		body   func(io.Writer) error
		status int
	}{
		"declared length": {"POST /small HTTP/1.1\r\nContent-Length: 33554432\r\n", plain(size), 413},
		"unknown length":  {"POST /small HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", chunked(size), 413},
		"no route":        {"POST /none HTTP/1.1\r\nContent-Length: 33554432\r\n", plain(size), 413},
		"asks first":      {"POST /none HTTP/1.1\r\nContent-Length: 33554432\r\nExpect: 100-continue\r\n", plain(0), 413},
		"small enough":    {"POST /small HTTP/1.1\r\nContent-Length: 10\r\n", plain(10), 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = connection.Close() }()
			if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(connection, c.head+"Host: localhost\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if err := c.body(connection); err != nil {
				t.Fatalf("sending: %v", err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatalf("reading: %v", err)
			}
			if answer.StatusCode != c.status || answer.Close != (c.status == 413) {
				t.Errorf("status %d, the connection ends: %v; want %d", answer.StatusCode, answer.Close, c.status)
			}
		})
	}
}

func plain(size int) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.CopyN(w, zeros{}, int64(size))
		return err
	}
}

func chunked(size int) func(io.Writer) error {
	return func(w io.Writer) error {
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<16, strings.Repeat("x", 1<<16))
		for range size >> 16 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, "0\r\n\r\n")
		return err
	}
}

type zeros struct{}

// Read gives zeros.
func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
