package filestest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Broken is what happens to one request.
type Broken int

// The ways in which requests break.
const (
	Whole   Broken = iota // it does not
	Busy                  // 503
	Limited               // 429
	Dropped               // no answer at all
	Cut                   // the answer ends in its middle
)

// Breaking is a server whose requests break as they are told.
type Breaking struct {
	*httptest.Server
	lock sync.Mutex
	next []Broken
	seen int
}

// Break puts a server before another handler.
func Break(t *testing.T, inner http.Handler) *Breaking {
	t.Helper()
	b := &Breaking{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.serve(w, r, inner) }))
	t.Cleanup(b.Close)
	return b
}

// BreakBefore puts a server before another one, which sees the name of this.
func BreakBefore(t *testing.T, address string) *Breaking {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return Break(t, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // which is signed
	}})
}

// Next says how the next requests break, one after the other.
func (b *Breaking) Next(how ...Broken) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.next, b.seen = how, 0
}

// Seen is how many requests came since Next.
func (b *Breaking) Seen() int {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.seen
}

func (b *Breaking) take() (how Broken) {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.seen++; len(b.next) > 0 {
		how, b.next = b.next[0], b.next[1:]
	}
	return how
}

func (b *Breaking) serve(w http.ResponseWriter, r *http.Request, inner http.Handler) {
	switch b.take() {
	case Busy:
		w.WriteHeader(http.StatusServiceUnavailable)
	case Limited:
		w.WriteHeader(http.StatusTooManyRequests)
	case Dropped:
		panic(http.ErrAbortHandler)
	case Cut:
		inner.ServeHTTP(&cutting{ResponseWriter: w}, r)
	default:
		inner.ServeHTTP(w, r)
	}
}

// cutting ends an answer in its middle.
type cutting struct {
	http.ResponseWriter
	left int
}

// WriteHeader notes where the middle is.
func (c *cutting) WriteHeader(status int) {
	length, _ := strconv.Atoi(c.Header().Get("Content-Length"))
	c.left = length / 2
	c.ResponseWriter.WriteHeader(status)
}

// Write writes up to the middle.
func (c *cutting) Write(b []byte) (int, error) {
	if c.left == 0 {
		c.WriteHeader(http.StatusOK)
	}
	if len(b) >= c.left {
		_, _ = c.ResponseWriter.Write(b[:c.left])
		if f, ok := c.ResponseWriter.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}

// Networks tests a place behind a breaking server, by what waits no longer than it
// must between its tries: what can be tried again is, and a file that breaks off is
// taken up where it broke.
func Networks(t *testing.T, b *Breaking, place files.Place) {
	t.Helper()
	ctx := context.Background()
	content := strings.Repeat("taken up where it broke ", 1<<14)
	for what, broken := range map[string][]Broken{"busy": {Busy, Busy}, "limited": {Limited}, "dropped": {Dropped, Whole, Dropped}} {
		b.Next(broken...)
		Put(t, place, what, content)
		b.Next(broken...)
		if info, err := place.Stat(ctx, what); err != nil || info.Size != int64(len(content)) {
			t.Errorf("%s: %+v, %v", what, info, err)
		}
	}
	for what, broken := range map[string][]Broken{"cut": {Cut, Cut, Busy, Cut}, "busy": {Busy}, "dropped": {Dropped, Cut, Dropped}} {
		for _, from := range []int64{0, 1000} {
			b.Next(broken...)
			if got, _, err := Read(place, "busy", from); err != nil || got != content[from:] {
				t.Errorf("%s from %d: %d bytes, %v", what, from, len(got), err)
			}
		}
	}
	b.Next(slices.Repeat([]Broken{Busy}, 50)...)
	if _, _, err := Read(place, "busy", 0); !fault.Is(err, fault.Unavailable) || b.Seen() > 10 {
		t.Errorf("after %d requests: %v", b.Seen(), err)
	}
	b.Next(Busy, Busy, Busy)
	if err := place.Put(ctx, "once", strings.NewReader("x"), 1, nil); !fault.Is(err, fault.Unavailable) || b.Seen() != 1 {
		t.Errorf("what cannot be had again was sent %d times: %v", b.Seen(), err)
	}
}
