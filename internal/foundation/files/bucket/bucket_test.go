package bucket_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3/s3test"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/bucket"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
)

func open(t *testing.T, c bucket.Config) *bucket.Place {
	t.Helper()
	c.Retries.First = time.Millisecond
	place, err := bucket.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func TestBucket(t *testing.T) {
	endpoint := s3test.Gateway(t)
	s3test.Bucket(t, endpoint, "data")
	filestest.Run(t, filestest.Kind{Lists: true, Unsized: true}, func(t *testing.T) files.Place {
		return open(t, bucket.Config{Bucket: "data", Prefix: "/" + strings.ReplaceAll(t.Name(), " ", "_") + "/", Endpoint: endpoint, AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey})
	})
	place := open(t, bucket.Config{Bucket: "data", Endpoint: endpoint, AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey})
	filestest.Put(t, place, "summed", "content")
	if info, err := place.Stat(context.Background(), "summed"); err != nil || !bytes.Equal(info.MD5, sum("content")) {
		t.Errorf("%+v, %v", info, err)
	}
}

func sum(content string) []byte {
	s := md5.Sum([]byte(content))
	return s[:]
}

func TestNetworks(t *testing.T) {
	endpoint := s3test.Gateway(t)
	s3test.Bucket(t, endpoint, "data")
	b := filestest.BreakBefore(t, endpoint)
	filestest.Networks(t, b, open(t, bucket.Config{Bucket: "data", Region: "us-east-1", Endpoint: b.URL, AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey}))
}

// TestWhoMay: keys come from where Amazon's own programs look for them; wrong ones are told so.
func TestWhoMay(t *testing.T) {
	endpoint := s3test.Gateway(t)
	s3test.Bucket(t, endpoint, "data")
	home := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keys := "aws_access_key_id = " + s3test.AccessKey + "\naws_secret_access_key = " + s3test.SecretKey + "\n"
	write(".aws/credentials", "[default]\naws_access_key_id = a\naws_secret_access_key = b\n[team]\n"+keys)
	write(".aws/config", "# comment\n[default]\nregion = nowhere\n[profile team]\nregion=us-east-1\nendpoint_url = "+endpoint+"\ns3 =\n  region = other\n")
	elsewhere := write("elsewhere", "[default]\n"+keys)
	environment := map[string]string{"AWS_ACCESS_KEY_ID": s3test.AccessKey, "AWS_SECRET_ACCESS_KEY": s3test.SecretKey, "AWS_REGION": "us-east-1"}
	for what, c := range map[string]struct {
		config bucket.Config
		kind   fault.Kind
	}{
		"a profile": {bucket.Config{Profile: "team"}, fault.NotFound}, "a file": {bucket.Config{CredentialsFile: elsewhere, Endpoint: endpoint, Region: "us-east-1"}, fault.NotFound},
		"the environment": {bucket.Config{Endpoint: endpoint, Getenv: func(name string) string { return environment[name] }}, fault.NotFound},
		"wrong keys":      {bucket.Config{Endpoint: endpoint, Region: "us-east-1", AccessKey: "a", SecretKey: "b"}, fault.Denied},
		"nobody":          {bucket.Config{Endpoint: endpoint, Region: "us-east-1", Anonymous: true}, fault.Denied},
		"no bucket":       {bucket.Config{Bucket: "absent", Profile: "team"}, fault.NotFound},
	} {
		c.config.Home = home
		if c.config.Bucket == "" {
			c.config.Bucket = "data"
		}
		if _, _, err := filestest.Read(open(t, c.config), "file", 0); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestHeaders: what is set for files that are written goes along with them.
func TestHeaders(t *testing.T) {
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "PUT" {
			got = r.Header
			w.Header().Set("ETag", `"x"`)
		}
	}))
	defer server.Close()
	base := bucket.Config{Bucket: "data", Endpoint: server.URL, Region: "r", AccessKey: "a", SecretKey: "b", SessionToken: "t"}
	for what, c := range map[string]struct {
		change func(*bucket.Config)
		want   map[string]string
	}{
		"acl":   {func(c *bucket.Config) { c.Headers = map[string]string{"x-amz-acl": "private"} }, map[string]string{"X-Amz-Acl": "private", "X-Amz-Security-Token": "t"}},
		"grant": {func(c *bucket.Config) { c.Headers = map[string]string{"x-amz-grant-read": "id=1"} }, map[string]string{"X-Amz-Grant-Read": "id=1"}},
		"sse":   {func(c *bucket.Config) { c.Encryption = "AES256" }, map[string]string{"X-Amz-Server-Side-Encryption": "AES256"}},
		"kms":   {func(c *bucket.Config) { c.Encryption, c.KMSKey = "aws:kms", "key" }, map[string]string{"X-Amz-Server-Side-Encryption": "aws:kms", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "key"}},
	} {
		config := base
		c.change(&config)
		filestest.Put(t, open(t, config), "file", "content")
		for name, value := range c.want {
			if got.Get(name) != value {
				t.Errorf("%s: %s is %q", what, name, got.Get(name))
			}
		}
	}
	config := base
	config.Bucket = "ab"
	if _, err := open(t, config).Stat(t.Context(), "file"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a name that no bucket has: %v", err)
	}
	for what, change := range map[string]func(*bucket.Config){
		"no bucket":   func(c *bucket.Config) { c.Bucket = "" },
		"no endpoint": func(c *bucket.Config) { c.Endpoint = "host" }, "two encryptions": func(c *bucket.Config) { c.Encryption, c.CustomerKey = "AES256", make([]byte, 32) },
		"a short key": func(c *bucket.Config) { c.CustomerKey = make([]byte, 31) },
	} {
		config := base
		change(&config)
		if _, err := bucket.Open(config); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
