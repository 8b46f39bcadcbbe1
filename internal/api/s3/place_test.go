package s3_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/api/s3"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/bucket"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
)

// TestPlace: the face is a place of files by its address, path and all, and signatures are
// judged over that.
func TestPlace(t *testing.T) {
	server := httptest.NewServer(serve(t))
	t.Cleanup(server.Close)
	open := func(t *testing.T, c bucket.Config) *bucket.Place {
		t.Helper()
		c.Bucket, c.Endpoint, c.AccessKey, c.Retries.First = "data", server.URL+s3.Prefix+"/", token, time.Millisecond
		place, err := bucket.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		return place
	}
	filestest.Run(t, filestest.Kind{Lists: true, Unsized: true}, func(t *testing.T) files.Place {
		return open(t, bucket.Config{Prefix: strings.ReplaceAll(t.Name(), " ", "_"), SecretKey: token})
	})
	for _, region := range []string{"", "eu-central-1"} {
		place := open(t, bucket.Config{SecretKey: token, Region: region})
		filestest.Put(t, place, "a/named % ? # é\U0001f600 +.txt", "content")
		if got, _, err := filestest.Read(place, "a/named % ? # é\U0001f600 +.txt", 3); err != nil || got != "tent" {
			t.Errorf("%q: %q, %v", region, got, err)
		}
		if _, _, err := filestest.Read(open(t, bucket.Config{SecretKey: "another", Region: region}), "a", 0); !fault.Is(err, fault.Denied) {
			t.Errorf("%q, a wrong secret: %v", region, err)
		}
	}
}
