package dvcremote_test

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/api/dvcremote"
	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// open is whoever asks.
type open struct{}

func (open) Check(context.Context, string, urn.URN) error { return nil }

// idle takes jobs and does none.
type idle struct{}

func (idle) Enqueue(context.Context, *rows.Tx, jobs.Job) (int64, error) { return 1, nil }

// serve is the face over SQLite and a folder of the test.
func serve(t testing.TB) http.Handler {
	t.Helper()
	store, err := disk.Open(t.TempDir(), draw.Reader(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	db := rowstest.SQLite(t, []rows.Schema{{Name: "event", Files: event.Migrations()}, {Name: "dataset", Files: dataset.Room().Migrations}})
	quiet, ids := slog.New(slog.DiscardHandler), id.NewSource(time.Now, draw.Reader(t))
	service := dataset.New(dataset.Config{DB: db, Events: event.NewLog(db, ids, time.Now, quiet), Blobs: store, Jobs: idle{}, Now: time.Now, Random: draw.Reader(t)})
	h, err := route.Handler(route.Options{
		Faces: []route.Face{dvcremote.New(service)}, Check: open{}, Log: quiet, RequestID: ids.UUID, Now: time.Now,
		Observe: func(string, string, string, int, time.Duration) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// reach opens the remote as a repository's settings name it.
func reach(t testing.TB, address string) *remote.Side {
	t.Helper()
	c, err := dvcconfig.Load("/", dvcconfig.Source{Level: dvcconfig.Repo, Path: "/r/.dvc/config", Content: []byte("['remote \"r\"']\nurl = " + address + "/dvc/churn\n")})
	if err != nil {
		t.Fatal(err)
	}
	options, err := c.Remote("r")
	if err != nil {
		t.Fatal(err)
	}
	r, err := remote.Open(context.Background(), "r", options, remote.Surroundings{Random: draw.Reader(t), Retries: files.Retries{First: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if !r.IsTacit() {
		t.Fatal("the remote is not known for tacit's")
	}
	return r.Side(object.Current)
}

// filled is a cache with a folder of n files, of which some are large.
func filled(t testing.TB, n, large int) (*cache.Cache, transfer.Version) {
	t.Helper()
	c := cache.New(t.TempDir(), object.Current, draw.Reader(t))
	var v transfer.Version
	var text []string
	for i := range n {
		content := fmt.Appendf(nil, "%d%s", i, strings.Repeat(" and more of it", 18))
		if i < large {
			content = append(content, strings.Repeat("large", 300_000)...)
		}
		at := object.ID{Sum: md5.Sum(content)}
		if err := c.PutBytes(at, content); err != nil {
			t.Fatal(err)
		}
		v.Files = append(v.Files, at)
		text = append(text, fmt.Sprintf(`{"md5": "%s", "relpath": "%08d"}`, at, i))
	}
	listing := []byte("[" + strings.Join(text, ", ") + "]")
	v.ID = object.ID{Sum: md5.Sum(listing), Dir: true}
	if err := c.PutBytes(v.ID, listing); err != nil {
		t.Fatal(err)
	}
	return c, v
}

func move(t testing.TB, from transfer.Source, to transfer.Target, v transfer.Version) *transfer.Result {
	t.Helper()
	r, err := transfer.Transfer(context.Background(), from, to, []transfer.Version{v}, 16)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTacitToTacit: what is pushed and fetched in packs is what comes one by one, also over a network that breaks.
func TestTacitToTacit(t *testing.T) {
	b := filestest.Break(t, serve(t))
	side := reach(t, b.URL)
	const n, large = 3000, 3
	from, v := filled(t, n, large)
	b.Next(filestest.Busy, filestest.Dropped, filestest.Cut, filestest.Whole, filestest.Busy)
	if r := move(t, from, side, v); r.Sent != n+1 || !r.Complete() {
		t.Fatal(r.Sent, r.Failed)
	}
	if seen := b.Seen(); seen > 40 {
		t.Errorf("%d requests for %d files", seen, n)
	}
	b.Next()
	if r := move(t, from, side, v); r.Sent != 0 || !r.Complete() || b.Seen() != 1 {
		t.Errorf("again: %v, with %d requests", r, b.Seen())
	}
	to := cache.New(t.TempDir(), object.Current, draw.Reader(t))
	b.Next(filestest.Busy, filestest.Cut, filestest.Dropped, filestest.Cut)
	if r := move(t, side, to, v); r.Sent != n+1 || !r.Complete() {
		t.Fatal(r.Sent, r.Failed)
	}
	if missing, err := to.Missing(context.Background(), append(v.Files, v.ID)); err != nil || len(missing) > 0 {
		t.Error(len(missing), err)
	}
	for _, at := range v.Files[:large+2] {
		got, want := read(t, to, at), read(t, from, at)
		if got != want {
			t.Errorf("%s: %d bytes of %d", at, len(got), len(want))
		}
	}
}

func read(t testing.TB, c *cache.Cache, at object.ID) string {
	t.Helper()
	r, _, err := c.Open(context.Background(), at)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestADamagedObjectKeepsNoOtherBack, though it is in a pack with them.
func TestADamagedObjectKeepsNoOtherBack(t *testing.T) {
	s := httptest.NewServer(serve(t))
	defer s.Close()
	side := reach(t, s.URL)
	from, v := filled(t, 100, 0)
	damaged := v.Files[50]
	if err := errors.Join(os.Chmod(from.Path(damaged), 0o644), os.WriteFile(from.Path(damaged), []byte("changed"), 0o644), os.Chmod(from.Path(damaged), 0o444)); err != nil {
		t.Fatal(err)
	}
	r := move(t, from, side, v)
	if r.Sent != 99 || len(r.Failed) != 2 {
		t.Fatal(r.Sent, r.Failed)
	}
	if missing, err := side.Missing(context.Background(), append(v.Files, v.ID)); err != nil || len(missing) != 2 || missing[0] != damaged {
		t.Error(missing, err)
	}
	if _, _, err := side.Open(context.Background(), damaged); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// TestAnswers are what a client is told by status and text.
func TestAnswers(t *testing.T) {
	h := serve(t)
	const foo, none = "files/md5/ac/bd18db4cc2f85cedef654fccc4a4d8", "files/md5/00/000000000000000000000000000000"
	for _, c := range []struct {
		asked, body string
		status      int
		says        string
	}{
		{"POST /dvc/churn/" + foo, "foo", 201, ""}, {"POST /dvc/churn/" + foo, "foo", 200, ""}, {"PUT /dvc/churn/" + foo, "bar", 400, "hashes to"},
		{"GET /dvc/churn/" + foo, "", 200, "foo"}, {"GET /dvc/other/" + foo, "", 404, "There is no object"}, {"GET /dvc/churn/" + none, "", 404, "There is no object"},
		{"GET /dvc/churn/files/md5/AC/bd18db4cc2f85cedef654fccc4a4d8", "", 400, "no place of an object"}, {"POST /dvc/-x/" + foo, "foo", 400, "cannot name a remote"},
		{"DELETE /dvc/churn/" + foo, "", 405, ""}, {"GET /dvc/churn/.tacit", "", 200, `"tacit":1`},
		{"POST /dvc/churn/.tacit/lacks", "acbd18db4cc2f85cedef654fccc4a4d8\n37b51d194a7513e45b56f6524f2d51f2\n", 200, "37b51d194a7513e45b56f6524f2d51f2\n"},
		{"POST /dvc/churn/.tacit/lacks", "x\n", 400, "no name of an object"}, {"POST /dvc/churn/.tacit/lacks", strings.Repeat("acbd18db4cc2f85cedef654fccc4a4d8\n", 100_001), 413, "at most"},
		{"POST /dvc/churn/.tacit/pack", "acbd18db4cc2f85cedef654fccc4a4d8 3\nbar\n", 400, "hashes to"}, {"POST /dvc/churn/.tacit/pack", "37b51d194a7513e45b56f6524f2d51f2 3\nbar\n", 200, `"objects":1`},
		{"POST /dvc/churn/files/md5/84/fe43362de8f1634c6fd2900440e9e2.dir", `[{"md5": "acbd18db4cc2f85cedef654fccc4a4d8", "relpath": "foo"}]`, 201, ""},
		{"POST /dvc/other/files/md5/84/fe43362de8f1634c6fd2900440e9e2.dir", `[{"md5": "acbd18db4cc2f85cedef654fccc4a4d8", "relpath": "foo"}]`, 409, "1 of its files"},
	} {
		method, path, _ := strings.Cut(c.asked, " ")
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(c.body))
		h.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.asked, w.Code, w.Body)
		}
	}
}

// FuzzPaths: no path leads anywhere but to objects, and none brings the server down.
func FuzzPaths(f *testing.F) {
	h := serve(f)
	for _, path := range []string{"files/md5/ac/bd18db4cc2f85cedef654fccc4a4d8", "ac/bd18db4cc2f85cedef654fccc4a4d8.dir", "../x", "files/md5/..%2f..", ".tacit", "%00"} {
		f.Add("POST", path, "foo")
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		r, err := http.NewRequest(method, "http://127.0.0.1/dvc/r/"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%s %q: %d %s", method, path, w.Code, w.Body)
		}
	})
}

// BenchmarkPush is a push of 70,000 small files over HTTP on this machine, and its fetch.
func BenchmarkPush(b *testing.B) {
	const n = 70_000
	from, v := filled(b, n, 0)
	for b.Loop() {
		b.StopTimer()
		s := httptest.NewServer(serve(b))
		side := reach(b, s.URL)
		b.StartTimer()
		begin := time.Now()
		if r := move(b, from, side, v); r.Sent != n+1 {
			b.Fatal(r.Sent, r.Failed)
		}
		pushed := time.Now()
		to := cache.New(b.TempDir(), object.Current, draw.Reader(b))
		if r := move(b, side, to, v); r.Sent != n+1 {
			b.Fatal(r.Sent, r.Failed)
		}
		if err := to.Sync(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(pushed.Sub(begin).Seconds(), "s-push")
		b.ReportMetric(time.Since(pushed).Seconds(), "s-fetch")
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}

// TestRegister: a client of tacit's own tells where a repository has what it pushed; what is none is refused.
func TestRegister(t *testing.T) {
	s := httptest.NewServer(serve(t))
	defer s.Close()
	side := reach(t, s.URL)
	from, v := filled(t, 10, 0)
	move(t, from, side, v)
	at := registration.Registration{MD5: v.ID.String(), Path: "data/raw"}
	for _, want := range []int{1, 0} {
		if n, err := side.Register(context.Background(), []registration.Registration{at}); err != nil || n != want {
			t.Error(n, err)
		}
	}
	at.MD5 = strings.Repeat("0", 32)
	if _, err := side.Register(context.Background(), []registration.Registration{at}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	for text, want := range map[string]int{"{": 400, `[{"md5":"x","path":"y"}]`: 400, strings.Repeat(" ", 9<<20): 413} {
		r, err := http.Post(s.URL+"/dvc/churn/.tacit/places", "application/json", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%.20s: %s", text, r.Status)
		}
	}
}
