package s3_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tacit-ml/tacit/internal/api/s3"
	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

const token = "tacit_pat_0123456789"

type open struct{}

func (open) Check(context.Context, string, urn.URN) error                      { return nil }
func (open) Enqueue(context.Context, *rows.Tx, jobs.Job) (id int64, err error) { return 1, nil }

func serve(t testing.TB) http.Handler {
	t.Helper()
	return serveFrom(t, t.TempDir())
}

// serveFrom is the face over SQLite and a folder of bytes.
func serveFrom(t testing.TB, folder string) http.Handler {
	t.Helper()
	store, err := disk.Open(folder, draw.Reader(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	db := rowstest.SQLite(t, []rows.Schema{{Name: "event", Files: event.Migrations()}, {Name: "dataset", Files: dataset.Room().Migrations}})
	quiet, ids := slog.New(slog.DiscardHandler), id.NewSource(time.Now, draw.Reader(t))
	service := dataset.New(dataset.Config{DB: db, Events: event.NewLog(db, ids, time.Now, quiet), Blobs: store, Jobs: open{}, Now: time.Now, Random: draw.Reader(t)})
	h, err := route.Handler(route.Options{
		Faces: []route.Face{s3.New(service)}, Check: open{}, Log: quiet, RequestID: ids.UUID, Now: time.Now,
		Observe: func(string, string, string, int, time.Duration) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// reach is a client of S3 whose address has no path: the server adds it behind the signature.
func reach(t *testing.T, h http.Handler, key, secret string) *minio.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = s3.Prefix + r.URL.Path
		if r.URL.RawPath != "" {
			r.URL.RawPath = s3.Prefix + r.URL.RawPath
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(key, secret, ""), BucketLookup: minio.BucketLookupPath, Region: "us-east-1", MaxRetries: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func place(content string) string {
	sum := md5.Sum([]byte(content))
	name := hex.EncodeToString(sum[:])
	return "files/md5/" + name[:2] + "/" + name[2:]
}

// TestClient: a client of S3 that signs puts, gets, lists and removes.
func TestClient(t *testing.T) {
	ctx := context.Background()
	c := reach(t, serve(t), token, token)
	large := strings.Repeat("large", 4<<20)
	contents := map[string]string{place("a"): "a", place("empty"): "empty", place(large): large, "runs/ab/a b+é%41": "run", "zero": ""}
	for key, content := range contents {
		info, err := c.PutObject(ctx, "churn", key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{PartSize: 5 << 20, SendContentMd5: len(key)%2 == 0})
		if err != nil || info.Size != int64(len(content)) {
			t.Fatalf("%s: %+v, %v", key, info, err)
		}
	}
	for key, content := range contents {
		o, err := c.GetObject(ctx, "churn", key, minio.GetObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(o)
		if err != nil || string(got) != content {
			t.Errorf("%s: %d bytes, %v", key, len(got), err)
		}
	}
	if _, err := c.PutObject(ctx, "churn", place("b"), strings.NewReader("other"), 5, minio.PutObjectOptions{}); minio.ToErrorResponse(err).StatusCode != http.StatusBadRequest {
		t.Error("other bytes:", err)
	}
	if _, err := c.StatObject(ctx, "churn", place("b"), minio.StatObjectOptions{}); minio.ToErrorResponse(err).Code != "NoSuchKey" {
		t.Error(err)
	}
	list := func(o minio.ListObjectsOptions) (keys []string) {
		t.Helper()
		for i := range c.ListObjects(ctx, "churn", o) {
			if i.Err != nil {
				t.Fatal(i.Err)
			}
			keys = append(keys, i.Key)
		}
		slices.Sort(keys)
		return keys
	}
	for _, elder := range []bool{false, true} {
		if got := list(minio.ListObjectsOptions{Recursive: true, UseV1: elder, MaxKeys: 2}); len(got) != len(contents) {
			t.Errorf("elder %v: %q", elder, got)
		}
		if got := list(minio.ListObjectsOptions{UseV1: elder, MaxKeys: 1}); !slices.Equal(got, []string{"files/", "runs/", "zero"}) {
			t.Errorf("elder %v: %q", elder, got)
		}
		if got := list(minio.ListObjectsOptions{Prefix: "files/md5/", UseV1: elder}); len(got) != 3 || !strings.HasSuffix(got[0], "/") {
			t.Errorf("elder %v: %q", elder, got)
		}
	}
	gone := make(chan minio.ObjectInfo, len(contents))
	for key := range contents {
		gone <- minio.ObjectInfo{Key: key}
	}
	close(gone)
	for e := range c.RemoveObjects(ctx, "churn", gone, minio.RemoveObjectsOptions{}) {
		t.Error(e.ObjectName, e.Err)
	}
	if got := list(minio.ListObjectsOptions{Recursive: true}); len(got) != 0 {
		t.Error("left:", got)
	}
	if all, err := c.ListBuckets(ctx); err != nil || len(all) != 1 || all[0].Name != "churn" {
		t.Error(all, err)
	}
}

// TestSignatures: a token signs for itself alone; where nobody signs in, any pair does.
func TestSignatures(t *testing.T) {
	h := serve(t)
	for _, c := range []struct{ key, secret, code string }{{token, token, ""}, {token, token + "x", "SignatureDoesNotMatch"}, {"any", "other", ""}} {
		_, err := reach(t, h, c.key, c.secret).PutObject(context.Background(), "churn", "runs/x y", strings.NewReader("x"), 1, minio.PutObjectOptions{})
		if minio.ToErrorResponse(err).Code != c.code && (err != nil || c.code != "") {
			t.Errorf("%s and %s: %v", c.key, c.secret, err)
		}
	}
}

func ask(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestBodies: what wraps a body is taken off, and what its head says of it is held against it.
func TestBodies(t *testing.T) {
	h := serve(t)
	chunked := []string{"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Decoded-Content-Length", "6"}
	for body, status := range map[string]int{
		"3;chunk-signature=x\r\nfoo\r\n3\r\nbar\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n": 200, "6\r\nfoobar\r\n0\r\n\r\n": 200, "6\r\nfoobar\r\n0\r\n": 200,
		"6\r\nfoobar\r\n": 400, "7\r\nfoobar\r\n0\r\n\r\n": 400, "x\r\n": 400, "-1\r\n": 400, "": 400, strings.Repeat("1", 1<<17): 400,
	} {
		if w := ask(h, "PUT", "/s3/churn/"+place("foobar"), body, chunked...); w.Code != status {
			t.Errorf("%.40q: %d %s", body, w.Code, w.Body)
		}
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, c := range []struct{ name, value, code string }{
		{"X-Amz-Content-Sha256", empty, "XAmzContentSHA256Mismatch"}, {"Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==", "BadDigest"}, {"Content-MD5", "x", "InvalidDigest"}, {"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD", ""},
	} {
		w := ask(h, "PUT", "/s3/churn/runs/x", "text", c.name, c.value)
		if c.code == "" && w.Code != 200 || c.code != "" && (w.Code != 400 || !strings.Contains(w.Body.String(), "<Code>"+c.code+"<")) {
			t.Errorf("%s %s: %d %s", c.name, c.value, w.Code, w.Body)
		}
	}
}

// TestAnswers: what is not there is said to be so, by S3's codes.
func TestAnswers(t *testing.T) {
	h := serve(t)
	for asked, want := range map[string]string{
		"GET /s3/churn/absent": "404 NoSuchKey", "GET /s3/churn?versioning": "501 NotImplemented", "GET /s3/churn/x?acl": "501 NotImplemented", "GET /s3/-x/y": "400 InvalidBucketName",
		"POST /s3/churn?delete x": "400 MalformedXML", "POST /s3/churn": "501 NotImplemented", "GET /s3/churn?list-type=2&continuation-token=!": "400 InvalidArgument",
		"PUT /s3/churn/x?partNumber=1&uploadId=x x": "404 NoSuchUpload", "POST /s3/churn/x?uploadId=x <CompleteMultipartUpload></CompleteMultipartUpload>": "404 NoSuchUpload", "DELETE /s3/churn/x?uploadId=x": "404 NoSuchUpload",
		"DELETE /s3/churn": "501 NotImplemented", "DELETE /s3/churn/": "501 NotImplemented", "GET /s3": "200 ", "GET /s3/": "200 ", "GET /s3/churn/x?uploadId=x": "501 NotImplemented", "POST /s3/churn/x?uploads": "200 ",
		"PUT /s3/churn/files/md5/ab/cd x": "400 InvalidArgument", "GET /s3/churn?location": "200 ", "HEAD /s3/churn": "200 ", "DELETE /s3/churn/absent": "204 ", "PUT /s3/churn": "200 ",
	} {
		method, rest, _ := strings.Cut(asked, " ")
		path, body, _ := strings.Cut(rest, " ")
		w := ask(h, method, path, body)
		status, code, _ := strings.Cut(want, " ")
		if fmt.Sprint(w.Code) != status || code != "" && !strings.Contains(w.Body.String(), "<Code>"+code+"<") {
			t.Errorf("%s: %d %s, want %s", asked, w.Code, w.Body, want)
		}
	}
}

// TestBytesGone: what is recorded and is not in the store is a failure, not an answer without a body.
func TestBytesGone(t *testing.T) {
	folder := t.TempDir()
	h := serveFrom(t, folder)
	if w := ask(h, "PUT", "/s3/churn/runs/x", "text"); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	if err := os.RemoveAll(filepath.Join(folder, "dataset")); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"", "bytes=1-2"} {
		if w := ask(h, "GET", "/s3/churn/runs/x", "", "Range", part); w.Code < 400 || !strings.Contains(w.Body.String(), "<Error>") {
			t.Errorf("%q: %d %s", part, w.Code, w.Body)
		}
	}
}

// TestConditions: what is asked for on a condition is not done as if there was none.
func TestConditions(t *testing.T) {
	h := serve(t)
	for _, method := range []string{"PUT", "DELETE"} {
		if w := ask(h, method, "/s3/churn/runs/x", "text", "If-None-Match", "*"); w.Code != 501 {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
	if w := ask(h, "GET", "/s3/churn?list-type=2&max-keys=0", ""); !strings.Contains(w.Body.String(), "<IsTruncated>false<") {
		t.Error(w.Body)
	}
}

// FuzzRequests: nothing that is asked brings the server down.
func FuzzRequests(f *testing.F) {
	h := serve(f)
	f.Add("PUT", "churn/runs/x", "3\r\nfoo\r\n0\r\n\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "AWS4-HMAC-SHA256 Credential="+token+"/1/2/s3/aws4_request, SignedHeaders=host, Signature=x")
	f.Add("GET", "churn?list-type=2&prefix=%f3&start-after=files/md5/%ff&delimiter=/&encoding-type=url", "", "", "AWS4-HMAC-SHA256 x")
	f.Add("POST", "churn?delete", "<Delete><Object><Key>x</Key></Object></Delete>", "", "")
	f.Fuzz(func(t *testing.T, method, path, body, sum, authorization string) {
		r, err := http.NewRequest(method, "http://127.0.0.1/s3/"+path, bytes.NewReader([]byte(body)))
		if err != nil {
			return
		}
		r.RequestURI = r.URL.RequestURI()
		r.Header["X-Amz-Content-Sha256"], r.Header["Authorization"] = []string{sum}, []string{authorization}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%s %q: %d %s", method, path, w.Code, w.Body)
		}
	})
}
