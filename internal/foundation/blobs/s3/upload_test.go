package s3

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3/s3test"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestCompletedUploadIsForgotten completes uploads again at a server that knows
// none any more once they are complete.
func TestCompletedUploadIsForgotten(t *testing.T) {
	t.Parallel()
	endpoint := s3test.Gateway(t)
	ctx := context.Background()
	bucket(t, endpoint, "forgotten")
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	var completed atomic.Int64
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") && completed.Add(1) > 1 {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte("<Error><Code>NoSuchUpload</Code></Error>"))
			return
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	s, err := Open("s3://forgotten/some/prefix?region=us-east-1&endpoint="+between.URL, pair)
	if err != nil {
		t.Fatal(err)
	}
	upload, err := s.CreateUpload(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	part, err := s.PutPart(ctx, "k", upload, 1, strings.NewReader("bytes"), 5)
	if err != nil {
		t.Fatal(err)
	}
	parts := []blobs.Part{part}
	for range 3 {
		if info, err := s.CompleteUpload(ctx, "k", upload, parts); err != nil || info.Size != 5 {
			t.Errorf("complete: got %+v, %v", info, err)
		}
	}
	for name, other := range map[string][]blobs.Part{
		"other parts": {part, {Number: 2, ETag: part.ETag}}, "another tag": {{Number: 1, ETag: strings.Repeat("0", 32)}}, "no tag of bytes": {{Number: 1, ETag: "none"}},
	} {
		if _, err := s.CompleteUpload(ctx, "k", upload, other); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got %v, want not found", name, err)
		}
	}
	if _, err := s.Put(ctx, "k", strings.NewReader("other"), 5); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CompleteUpload(ctx, "k", upload, parts); !fault.Is(err, fault.NotFound) {
		t.Errorf("over other bytes: got %v, want not found", err)
	}
}
