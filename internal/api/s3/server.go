package s3

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Remotes are the use cases that the face calls.
type Remotes interface {
	Remotes(ctx context.Context) ([]dataset.Remote, error)
	Any(ctx context.Context, remote, path string) (*dataset.Object, dataset.Stored, error)
	Put(ctx context.Context, remote, path string, r io.Reader) (dataset.Stored, error)
	List(ctx context.Context, remote, prefix, from string, limit int) ([]dataset.Stored, error)
	Remove(ctx context.Context, remote string, paths ...string) (int, error)
	CreateUpload(ctx context.Context, remote, path string) (string, error)
	PutPart(ctx context.Context, remote, path, upload string, number int, r io.Reader, size int64) (blobs.Part, error)
	CompleteUpload(ctx context.Context, remote, path, upload string, parts []blobs.Part) (dataset.Stored, error)
	AbortUpload(ctx context.Context, remote, path, upload string) error
}

// Prefix is where the face is.
const Prefix = "/s3"

// New gives the face.
func New(remotes Remotes) route.Face {
	f := face{remotes}
	row := func(method, pattern, action string, serve func(http.ResponseWriter, *http.Request, *asked) error) route.Route {
		return route.Route{Method: method, Pattern: Prefix + pattern, Action: action, Decode: decode, Objects: objects, Stream: true,
			Serve: func(w http.ResponseWriter, r *http.Request, m any) error { return serve(w, r, m.(*asked)) }}
	}
	const bucket, key = "/{bucket}", "/{bucket}/{key...}"
	return route.Face{
		Name: "s3", Fail: fail,
		Owns: func(_ *http.Request, path string) bool { return path == Prefix || strings.HasPrefix(path, Prefix+"/") },
		Routes: []route.Route{
			row("GET", "", "data.read", f.buckets),
			row("GET", "/{$}", "data.read", f.buckets),
			row("GET", bucket, "data.read", f.list),
			row("GET", bucket+"/{$}", "data.read", f.list),
			row("PUT", bucket, "data.push", f.make),
			row("DELETE", bucket, "data.delete", f.remove),
			row("POST", bucket, "data.delete", f.removeMany),
			row("POST", bucket+"/{$}", "data.delete", f.removeMany),
			row("GET", key, "data.read", f.get),
			row("PUT", key, "data.push", f.put),
			row("POST", key, "data.push", f.uploads),
			row("DELETE", key, "data.delete", f.remove),
		},
	}
}

type face struct{ remotes Remotes }

// asked is what a request is about, with its body as it was before it was wrapped.
type asked struct {
	bucket, key string
	body        io.Reader
	size        int64 // of body, blobs.Unknown where it is not told
}

func decode(r *http.Request) (any, error) {
	m := &asked{bucket: r.PathValue("bucket"), key: r.PathValue("key")}
	if m.bucket != "" {
		if err := dataset.CheckName(m.bucket); err != nil {
			return nil, &refusal{error: err, code: "InvalidBucketName"}
		}
	}
	if err := verify(r); err != nil {
		return nil, err
	}
	var err error
	m.body, m.size, err = payload(r)
	return m, err
}

// objects are the remote; what concerns all of them is asked of the workspace.
func objects(_ *http.Request, message any) []route.Object {
	if m := message.(*asked); m.bucket != "" {
		return route.On(dataset.URN(m.bucket))
	}
	return nil
}

// buckets lists the remotes.
func (f face) buckets(w http.ResponseWriter, r *http.Request, _ *asked) error {
	type bucket struct {
		Name         string
		CreationDate string
	}
	var answer struct {
		XMLName string `xml:"ListAllMyBucketsResult"`
		Buckets struct{ Bucket []bucket }
	}
	all, err := f.remotes.Remotes(r.Context())
	if err != nil {
		return err
	}
	for _, b := range all {
		answer.Buckets.Bucket = append(answer.Buckets.Bucket, bucket{b.Name, date(b.Made)})
	}
	return respond(w, http.StatusOK, answer)
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// make is asked for by clients that make their bucket: a remote comes to be by the first
// push.
func (f face) make(w http.ResponseWriter, _ *http.Request, m *asked) error {
	if m.bucket == "" {
		return fault.New(fault.Invalid, "The request names no bucket.")
	}
	w.Header().Set("Location", Prefix+"/"+m.bucket)
	w.WriteHeader(http.StatusOK)
	return nil
}
