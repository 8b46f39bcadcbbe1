package s3

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/blobstest"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3/s3test"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

var pair = Credentials{AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey}

func TestSuite(t *testing.T) {
	t.Parallel()
	endpoint := s3test.Gateway(t)
	n := 0
	blobstest.Run(t, func(t *testing.T) blobs.Store {
		n++
		return bucket(t, endpoint, fmt.Sprintf("bucket-%d", n))
	})
}

// bucket is a store in a new bucket.
func bucket(t *testing.T, endpoint, name string) *Store {
	t.Helper()
	s, err := Open(s3test.Bucket(t, endpoint, name), pair)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSizeAndBytesBelongTogether replaces the bytes between a look at them and
// their reading.
func TestSizeAndBytesBelongTogether(t *testing.T) {
	t.Parallel()
	endpoint := s3test.Gateway(t)
	ctx := context.Background()
	direct := bucket(t, endpoint, "between")
	var times atomic.Int64 // how often the bytes are still to be replaced
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if left := times.Load(); r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/k") && left > 0 {
			times.Add(-1)
			if _, err := direct.Put(ctx, "k", strings.NewReader(strings.Repeat("x", int(left))), left); err != nil {
				t.Error(err)
			}
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	s, err := Open("s3://between/some/prefix?region=us-east-1&endpoint="+between.URL, pair)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []blobs.Range{{}, {Offset: 1, Length: 20}} {
		if _, err := direct.Put(ctx, "k", strings.NewReader("the bytes from before"), 21); err != nil {
			t.Fatal(err)
		}
		times.Store(1)
		body, info, err := s.Get(ctx, "k", part)
		if part.Offset == 1 { // one byte is there by then
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("a part of what is not there any more: %v, want invalid", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(body)
		_ = body.Close()
		if err != nil || string(content) != "x" || info.Size != 1 {
			t.Errorf("got %q with the size %d, %v, want x", content, info.Size, err)
		}
	}
	times.Store(5)
	if _, _, err := s.Get(ctx, "k", blobs.Range{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("bytes that are replaced all the time: %v, want unavailable", err)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	endpoint := s3test.Gateway(t)
	for name, c := range map[string]struct {
		address string
		pair    Credentials
	}{
		"no bucket":  {"s3://none?region=us-east-1&endpoint=" + endpoint, pair},
		"wrong pair": {"s3://none?region=us-east-1&endpoint=" + endpoint, Credentials{"tacit", "wrong-secret"}},
	} {
		s, err := Open(c.address, c.pair)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(context.Background()); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
			t.Errorf("%s: got %v with hint %q, want unavailable with a hint", name, err, fault.HintOf(err))
		}
	}
	for _, address := range []string{"s3://", "s3:///x", "http://bucket", "s3://b?endpoint=host", "s3://b?zone=1"} {
		if _, err := Open(address, pair); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%s: got %v, want invalid with a hint", address, err)
		}
	}
}
