package remote_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/webdav"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3/s3test"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
)

// server is a plain web server that keeps files.
type server struct {
	lock sync.Mutex
	kept map[string][]byte
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == "POST" {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.lock.Lock()
		defer s.lock.Unlock()
		s.kept[r.URL.Path] = content
		return
	}
	s.lock.Lock()
	content, ok := s.kept[r.URL.Path]
	s.lock.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "x.bin", time.Time{}, bytes.NewReader(content))
}

func options(t *testing.T, lines ...string) dvcconfig.Options {
	t.Helper()
	return said(t, dvcconfig.Local, lines...)
}

// said are the options of a remote as a level says them.
func said(t *testing.T, level dvcconfig.Level, lines ...string) dvcconfig.Options {
	t.Helper()
	text := "['remote \"r\"']\n" + strings.Join(lines, "\n") + "\n"
	c, err := dvcconfig.Load("/home", dvcconfig.Source{Level: level, Path: "/repository/.dvc/config", Content: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Remote("r")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func open(t *testing.T, lines ...string) *remote.Remote {
	t.Helper()
	around := remote.Surroundings{Getenv: func(string) string { return "" }, Home: t.TempDir(), Random: draw.Reader(t), Retries: files.Retries{First: time.Millisecond}}
	r, err := remote.Open(context.Background(), "r", options(t, lines...), around)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// each runs a test with a remote of each kind that is no tacit.
func each(t *testing.T, test func(t *testing.T, r *remote.Remote)) {
	t.Run("folder", func(t *testing.T) { test(t, open(t, "url = "+filepath.Join(t.TempDir(), "remote"))) })
	t.Run("web", func(t *testing.T) {
		s := httptest.NewServer(&server{kept: map[string][]byte{}})
		t.Cleanup(s.Close)
		test(t, open(t, "url = "+s.URL+"/data"))
	})
	t.Run("webdav", func(t *testing.T) {
		s := httptest.NewServer(&webdav.Handler{FileSystem: webdav.Dir(t.TempDir()), LockSystem: webdav.NewMemLS()})
		t.Cleanup(s.Close)
		test(t, open(t, "url = "+strings.Replace(s.URL, "http", "webdav", 1)+"/data"))
	})
	t.Run("bucket", func(t *testing.T) {
		endpoint := s3test.Gateway(t)
		s3test.Bucket(t, endpoint, "data")
		test(t, open(t, "url = s3://data/below", "endpointurl = "+endpoint, "region = us-east-1", "access_key_id = "+s3test.AccessKey, "secret_access_key = "+s3test.SecretKey))
	})
}

func file(content string) object.ID { return object.ID{Sum: md5.Sum([]byte(content))} }

// filled is a cache with a folder of some files.
func filled(t *testing.T, contents ...string) (*cache.Cache, transfer.Version) {
	t.Helper()
	c := cache.New(t.TempDir(), object.Current, draw.Reader(t))
	var v transfer.Version
	var text []string
	for i, content := range contents {
		v.Files = append(v.Files, file(content))
		text = append(text, fmt.Sprintf(`{"md5": "%s", "relpath": "%06d"}`, file(content), i))
		if err := c.PutBytes(file(content), []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	listing := []byte("[" + strings.Join(text, ", ") + "]")
	v.ID = object.ID{Sum: md5.Sum(listing), Dir: true}
	if err := c.PutBytes(v.ID, listing); err != nil {
		t.Fatal(err)
	}
	return c, v
}

func move(t *testing.T, from transfer.Source, to transfer.Target, v transfer.Version) *transfer.Result {
	t.Helper()
	r, err := transfer.Transfer(context.Background(), from, to, []transfer.Version{v}, 8)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRemotes: what was pushed lies where DVC looks for it, and comes back; what is damaged, here or there, is never taken.
func TestRemotes(t *testing.T) {
	each(t, func(t *testing.T, r *remote.Remote) {
		large := strings.Repeat("large", 1<<20)
		from, v := filled(t, "a", "b", "", large)
		side := r.Side(object.Current)
		if result := move(t, from, side, v); result.Sent != 5 || !result.Complete() {
			t.Fatal(result)
		}
		if result := move(t, from, side, v); result.Sent != 0 || !result.Complete() {
			t.Error("again:", result)
		}
		for _, id := range append(v.Files, v.ID) {
			if info, err := r.Place().Stat(context.Background(), id.Path(object.Current)); err != nil || id == file(large) && info.Size != int64(len(large)) {
				t.Error(id, info, err)
			}
		}
		to := cache.New(t.TempDir(), object.Current, draw.Reader(t))
		if result := move(t, side, to, v); result.Sent != 5 || !result.Complete() {
			t.Fatal(result)
		}
		// A truncated object in the remote: DVC takes it for good.
		damage(t, r, file(large), large[:1000])
		again := cache.New(t.TempDir(), object.Current, draw.Reader(t))
		result := move(t, side, again, v)
		if len(result.Failed) != 2 || !fault.Is(result.Failed[0].Err, fault.Conflict) && !fault.Is(result.Failed[1].Err, fault.Conflict) {
			t.Error(result)
		}
		if missing, err := again.Missing(context.Background(), append(v.Files, v.ID)); err != nil || len(missing) != 2 {
			t.Error("the listing is there without its file:", missing, err)
		}
		// An object of the cache that changed behind its mode is not sent.
		other, w := filled(t, "changed", "kept")
		if err := errors.Join(os.Chmod(other.Path(file("changed")), 0o644), os.WriteFile(other.Path(file("changed")), []byte("Changed"), 0o644), os.Chmod(other.Path(file("changed")), 0o444)); err != nil {
			t.Fatal(err)
		}
		if result := move(t, other, side, w); result.Sent != 1 || len(result.Failed) != 2 {
			t.Error(result)
		}
		if missing, err := side.Missing(context.Background(), append(w.Files, w.ID)); err != nil || len(missing) != 2 {
			t.Error("sent all the same:", missing, err)
		}
		if err := r.Sync(); err != nil {
			t.Error(err)
		}
	})
}

func damage(t *testing.T, r *remote.Remote, id object.ID, content string) {
	t.Helper()
	if local, err := os.Stat(r.Address()); err == nil && local.IsDir() { // objects there are read-only
		if err := os.Remove(filepath.Join(r.Address(), filepath.FromSlash(id.Path(object.Current)))); err != nil {
			t.Fatal(err)
		}
	}
	filestest.Put(t, r.Place(), id.Path(object.Current), content)
}

// TestMissing: however many are asked for, and however many there are, what is told is the same.
func TestMissing(t *testing.T) {
	each(t, func(t *testing.T, r *remote.Remote) {
		var contents []string
		for i := range 700 {
			contents = append(contents, fmt.Sprint(i))
		}
		from, v := filled(t, contents...)
		side := r.Side(object.Current)
		if missing, err := side.Missing(context.Background(), v.Files); err != nil || len(missing) != len(v.Files) {
			t.Fatal("of an empty remote:", len(missing), err)
		}
		half := transfer.Version{ID: v.Files[0], Files: v.Files[:350]}
		if result := move(t, from, side, half); !result.Complete() {
			t.Fatal(result)
		}
		for _, n := range []int{1, 3, 10, 351, 700} {
			missing, err := side.Missing(context.Background(), v.Files[:n])
			if err != nil || len(missing) != max(n-350, 0) || len(missing) > 0 && missing[0] != v.Files[350] {
				t.Errorf("of %d: %d, %v", n, len(missing), err)
			}
		}
		if missing, err := side.Missing(context.Background(), []object.ID{v.Files[400], v.ID, v.Files[1]}); err != nil || len(missing) != 2 || missing[0] != v.Files[400] {
			t.Error(missing, err)
		}
	})
}

// TestLegacy: what DVC 2 left is sent and fetched by the rules of its layout.
func TestLegacy(t *testing.T) {
	const text = "a\r\nb\r\n"
	id := file("a\nb\n")
	each(t, func(t *testing.T, r *remote.Remote) {
		side := r.Side(object.Legacy)
		if err := side.Store(context.Background(), id, strings.NewReader(text), int64(len(text))); err != nil {
			t.Fatal(err)
		}
		if err := side.Store(context.Background(), file("other"), strings.NewReader(text), int64(len(text))); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		if missing, err := side.Missing(context.Background(), []object.ID{id, file("other")}); err != nil || len(missing) != 1 || missing[0] != file("other") {
			t.Error(missing, err)
		}
		if missing, err := r.Side(object.Current).Missing(context.Background(), []object.ID{id}); err != nil || len(missing) != 1 {
			t.Error("in the other layout:", missing, err)
		}
		got, size, err := side.Open(context.Background(), id)
		if err != nil || size != int64(len(text)) {
			t.Fatal(size, err)
		}
		if content, err := io.ReadAll(got); err != nil || string(content) != text {
			t.Error(string(content), err)
		}
		_ = got.Close()
	})
}

// TestOptions: what is set is heeded, or refused by its name; a password is asked for where somebody is there.
func TestOptions(t *testing.T) {
	var got http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		http.NotFound(w, r)
	}))
	defer s.Close()
	ask := func(host, user string) (string, error) { return host[:4] + user, nil }
	for name, c := range map[string]struct {
		lines []string
		want  string // of Authorization, or in an error
		kind  fault.Kind
	}{
		"basic":         {[]string{"auth = basic", "user = ada", "password = pass"}, "Basic YWRhOnBhc3M=", 0},
		"asked":         {[]string{"auth = basic", "user = ada", "ask_password = true"}, "Basic YWRhOmh0dHBhZGE=", 0},
		"custom":        {[]string{"auth = custom", "custom_auth_header = Authorization", "password = Bearer t"}, "Bearer t", 0},
		"no auth":       {[]string{"user = ada", "password = pass"}, "", 0},
		"half":          {[]string{"auth = basic", "user = ada"}, "require both", fault.Invalid},
		"digest":        {[]string{"auth = digest", "user = ada", "password = pass"}, "'digest' is not supported", fault.Unsupported},
		"certificates":  {[]string{"ssl_verify = /absent"}, "ssl_verify", fault.Invalid},
		"version_aware": {[]string{"version_aware = true"}, "keeps no versions", fault.Unsupported},
		"worktree":      {[]string{"worktree = true"}, "keeps no versions", fault.Unsupported},
	} {
		got = nil
		_, err := remote.Open(context.Background(), "r", options(t, append(c.lines, "url = "+s.URL)...), remote.Surroundings{Password: ask})
		if c.kind == 0 && (err != nil || got.Get("Authorization") != c.want) || c.kind != 0 && (!fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %q, %v", name, got.Get("Authorization"), err)
		}
	}
	for _, at := range []string{"gdrive://folder", "oss://bucket/path", "hdfs://host/path"} {
		_, err := remote.Open(context.Background(), "r", options(t, "url = "+at), remote.Surroundings{})
		if scheme, _, _ := strings.Cut(at, ":"); !fault.Is(err, fault.Unsupported) || !strings.Contains(err.Error(), scheme+"://") {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// TestNoBucket: a bucket that is not there is told as that, and not as an object that is
// nowhere.
func TestNoBucket(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error": {"message": "The specified bucket does not exist."}}`)
	}))
	defer s.Close()
	r, err := remote.Open(context.Background(), "r", options(t, "url = gs://absent/path", "endpointurl = "+s.URL, "allow_anonymous_login = true"), remote.Surroundings{})
	if err != nil {
		t.Fatal(err)
	}
	from, v := filled(t, "a")
	err = r.Side(object.Current).Store(context.Background(), v.Files[0], strings.NewReader("a"), 1)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "There is no bucket absent") || fault.HintOf(err) == "" {
		t.Error(from, err)
	}
}
