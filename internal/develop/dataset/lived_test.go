package dataset

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pack"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
)

// lived is the service over an engine and a folder of the test.
type lived struct {
	*Service
	t     *testing.T
	log   *event.Log
	ctx   context.Context
	now   time.Time
	asked []jobs.Job
}

func each(t *testing.T, test func(t *testing.T, l *lived)) {
	t.Helper()
	schemas := []rows.Schema{{Name: "event", Files: event.Migrations()}, {Name: "dataset", Files: Room().Migrations}}
	rowstest.Each(t, schemas, func(t *testing.T, db *rows.DB) {
		store, err := disk.Open(t.TempDir(), draw.Reader(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		l := &lived{t: t, ctx: in("default"), now: time.UnixMicro(1_700_000_000_000_000)}
		now := func() time.Time { return l.now }
		l.log = event.NewLog(db, id.NewSource(now, draw.Reader(t)), now, slog.New(slog.DiscardHandler))
		l.Service = New(Config{DB: db, Events: l.log, Blobs: store, Jobs: l, Now: now, Random: draw.Reader(t), PageKey: secrettest.Ring("test")})
		test(t, l)
	})
}

func in(workspace string) context.Context {
	return caller.With(context.Background(), caller.Local(workspace))
}

// Enqueue remembers a job.
func (l *lived) Enqueue(_ context.Context, _ *rows.Tx, job jobs.Job) (int64, error) {
	l.asked = append(l.asked, job)
	return int64(len(l.asked)), nil
}

func file(content string) object.ID { return object.ID{Sum: md5.Sum([]byte(content))} }

func folder(contents ...string) (object.ID, string) {
	var all []string
	for i, c := range contents {
		all = append(all, fmt.Sprintf(`{"md5": "%s", "relpath": "%04d"}`, file(c), i))
	}
	text := "[" + strings.Join(all, ", ") + "]"
	return object.ID{Sum: md5.Sum([]byte(text)), Dir: true}, text
}

func (l *lived) push(remote string, at object.ID, content string) bool {
	l.t.Helper()
	isNew, err := l.Push(l.ctx, remote, at.Path(object.Current), strings.NewReader(content))
	if err != nil {
		l.t.Fatal(err)
	}
	return isNew
}

func (l *lived) read(ctx context.Context, remote string, at object.ID) (string, error) {
	o, err := l.At(ctx, remote, at.Path(object.Current))
	if err != nil {
		return "", err
	}
	r, err := o.From(ctx, 0)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

// stored are the keys of all blobs.
func (l *lived) stored() (keys []string) {
	l.t.Helper()
	all, err := l.Blobs.List(l.ctx, blobs.List{Deep: true})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range all {
		keys = append(keys, e.Key)
	}
	return keys
}

// told counts the events of a verb, of all workspaces.
func (l *lived) told(verb string) int {
	l.t.Helper()
	all, err := l.log.List(l.ctx, event.Query{Everywhere: true, Verb: verb})
	if err != nil {
		l.t.Fatal(err)
	}
	return len(all)
}

// packed is a stream of contents, the last of which does not hash to its name where it is spoiled.
func packed(t *testing.T, spoiled bool, contents ...string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := pack.NewWriter(&b)
	for i, c := range contents {
		id := file(c)
		if spoiled && i == len(contents)-1 {
			c += "!"
		}
		if err := w.Add(id, []byte(c)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}
