package dvcremote_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

// cutting lets so many bytes of the rest of an object through, then cuts the
// connection, so many times.
type cutting struct {
	http.Handler
	after int64
	times atomic.Int64
	came  atomic.Int64 // bytes of bodies, in all
}

// counted counts what is read and fails behind the first bytes.
type counted struct {
	io.ReadCloser
	left int64
	came *atomic.Int64
}

// Read reads on.
func (c *counted) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("the connection is cut")
	}
	n, err := c.ReadCloser.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	c.came.Add(int64(n))
	return n, err
}

// ServeHTTP serves, and cuts.
func (c *cutting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.Contains(r.URL.Path, "/begun/") {
		c.Handler.ServeHTTP(w, r)
		return
	}
	body := &counted{r.Body, 1 << 40, &c.came}
	cut := c.times.Add(-1) >= 0
	if cut {
		body.left = c.after
	}
	r.Body = body
	c.Handler.ServeHTTP(w, r)
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// TestAPushIsTakenUp: a large file whose push breaks off, in the push or with it, is
// sent from where it broke; one that is not what its name says leaves nothing.
func TestAPushIsTakenUp(t *testing.T) {
	content := bytes.Repeat([]byte("a large file. "), 3*dataset.WorthResuming/2/14)
	id, c := object.ID{Sum: md5.Sum(content)}, cache.New(t.TempDir(), object.Current, draw.Reader(t))
	if err := c.PutBytes(id, content); err != nil {
		t.Fatal(err)
	}
	cut := &cutting{Handler: serve(t), after: 10 << 20}
	server := httptest.NewServer(cut)
	defer server.Close()
	push := func() *transfer.Result {
		return move(t, c, reach(t, server.URL), transfer.Version{ID: id})
	}
	cut.times.Store(1 << 40)
	cut.after = 1 << 20
	if r := push(); r.Complete() {
		t.Fatal("every connection was cut, and the push says that it ended")
	}
	cut.after = 10 << 20
	cut.times.Store(3)
	cut.came.Store(0)
	if r := push(); !r.Complete() || r.Sent != 1 {
		t.Fatalf("%+v", r)
	}
	if came := cut.came.Load(); came != int64(len(content)) {
		t.Errorf("%d bytes came for a file of %d in four pieces", came, len(content))
	}
	r, _, err := reach(t, server.URL).Open(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestForeignBeginning: what another has begun under a file's name does not keep the file
// from being pushed, by the same command, and is forgotten.
func TestForeignBeginning(t *testing.T) {
	content := bytes.Repeat([]byte("a large file. "), 3*dataset.WorthResuming/2/14)
	id, c := object.ID{Sum: md5.Sum(content)}, cache.New(t.TempDir(), object.Current, draw.Reader(t))
	if err := c.PutBytes(id, content); err != nil {
		t.Fatal(err)
	}
	for name, foreign := range map[string]int64{"shorter": 10 << 20, "longer": int64(len(content)) + 1<<20, "as long": int64(len(content))} {
		t.Run(name, func(t *testing.T) {
			cut := &cutting{Handler: serve(t), after: foreign}
			server := httptest.NewServer(cut)
			defer server.Close()
			cut.times.Store(1)
			begun, err := http.Post(server.URL+"/dvc/churn/.tacit/begun/"+id.String()+"/0", "application/octet-stream", bytes.NewReader(bytes.Repeat([]byte("z"), int(foreign)+1)))
			if err == nil {
				t.Fatal("the connection was not cut", begun.Body.Close())
			}
			if said := asked(t, server.URL+"/dvc/churn/.tacit/begun/"+id.String()); said != fmt.Sprintf(`{"bytes":%d,"there":false}`, foreign) {
				t.Fatal(said)
			}
			if r := move(t, c, reach(t, server.URL), transfer.Version{ID: id}); !r.Complete() || r.Sent != 1 {
				t.Fatalf("%+v", r)
			}
			if said := asked(t, server.URL+"/dvc/churn/.tacit/begun/"+id.String()); said != `{"bytes":0,"there":true}` {
				t.Error(said)
			}
		})
	}
}

// asked is what an address answers.
func asked(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(said))
}

// TestWrongPieces: what does not fit is refused, and nothing of it is found.
func TestWrongPieces(t *testing.T) {
	server := httptest.NewServer(serve(t))
	defer server.Close()
	name := strings.Repeat("ab", 16)
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{name + "/0", "other bytes", http.StatusBadRequest},
		{name + "/5", "the rest", http.StatusServiceUnavailable},
		{name + "/-5", "x", http.StatusBadRequest},
		{name + ".dir/0", "[]", http.StatusBadRequest},
		{"none/0", "x", http.StatusBadRequest},
	} {
		answer, err := http.Post(server.URL+"/dvc/churn/.tacit/begun/"+c.path, "application/octet-stream", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.path, answer.StatusCode, c.status)
		}
	}
	answer, err := http.Get(server.URL + "/dvc/churn/.tacit/begun/" + name)
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil || strings.TrimSpace(string(said)) != `{"bytes":0,"there":false}` {
		t.Errorf("%s, %v", said, err)
	}
}
