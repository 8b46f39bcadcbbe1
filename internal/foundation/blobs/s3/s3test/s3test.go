// Package s3test starts an S3 server (versitygw) for tests.
package s3test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tacit-ml/tacit/internal/foundation/freeport"
)

// AccessKey and SecretKey are the pair that the server takes.
const (
	AccessKey = "tacit"
	SecretKey = "tacitsecret"
)

// Gateway starts the server over a folder of the test and gives its address,
// http://host:port. Without the program the test skips, which fails with
// CI=true.
func Gateway(t *testing.T) string {
	t.Helper()
	program := os.Getenv("TACIT_TEST_VERSITYGW")
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TACIT_TEST_VERSITYGW is not set; make test builds the server and sets it")
		}
		t.Skip("no S3 server: TACIT_TEST_VERSITYGW is not set")
	}
	address := freeport.Address(t)
	folder := filepath.Join(t.TempDir(), "s3")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program, "--port", address, "--quiet", "posix", folder)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		if t.Failed() {
			t.Logf("the S3 server says:\n%s", &said)
		}
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return "http://" + address
		}
	}
	t.Fatal("the S3 server did not start")
	return ""
}

// Bucket makes a bucket at the server and gives its address, as tacit takes it.
func Bucket(t *testing.T, endpoint, name string) string {
	t.Helper()
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(AccessKey, SecretKey, ""), BucketLookup: minio.BucketLookupPath, Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.MakeBucket(context.Background(), name, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	return "s3://" + name + "/some/prefix?region=us-east-1&endpoint=" + endpoint
}
