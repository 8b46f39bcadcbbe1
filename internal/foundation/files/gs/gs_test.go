package gs_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
	"github.com/tacit-ml/tacit/internal/foundation/files/gs"
	"github.com/tacit-ml/tacit/internal/foundation/files/storetest"
)

func open(t *testing.T, c gs.Config) *gs.Place {
	t.Helper()
	c.Retries.First, c.Now = time.Millisecond, time.Now
	if c.Bucket == "" {
		c.Bucket = "data"
	}
	place, err := gs.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func TestBucket(t *testing.T) {
	endpoint := storetest.Google(t)
	filestest.Run(t, filestest.Kind{Lists: true, Unsized: true, Cut: true}, func(t *testing.T) files.Place {
		return open(t, gs.Config{Prefix: "/" + t.Name() + "/?é/", Endpoint: endpoint})
	})
	filestest.Blocks(t, open(t, gs.Config{Endpoint: endpoint}))
	if _, _, err := filestest.Read(open(t, gs.Config{Endpoint: endpoint}), "file", 0); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func TestNetworks(t *testing.T) {
	b := filestest.BreakBefore(t, storetest.Google(t))
	filestest.Networks(t, b, open(t, gs.Config{Endpoint: b.URL}))
}

// service answers as Google does, and notes what it is asked.
func service(t *testing.T, answer func(http.ResponseWriter, *http.Request)) (*httptest.Server, *[]*http.Request) {
	t.Helper()
	var all []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all = append(all, r)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server, &all
}

// TestWhoMay: credentials come from where Google's own programs look for them.
func TestWhoMay(t *testing.T) {
	tokens, asked := service(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token": "got", "token_type": "Bearer", "expires_in": 3600}`)
	})
	store, seen := service(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error": {"message": "it may not"}}`)
	})
	home := t.TempDir()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	account := write(t, home, "account.json", map[string]string{
		"type": "service_account", "client_email": "me@here", "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": tokens.URL,
	})
	broken := write(t, home, "broken.json", map[string]string{"type": "what"})
	environment := func(name, value string) func(string) string {
		return func(asked string) string {
			return map[string]string{name: value, "NO_GCE_CHECK": "true"}[asked]
		}
	}
	for what, c := range map[string]struct {
		config gs.Config
		header string
	}{
		"a file": {gs.Config{CredentialsFile: account}, "Bearer got"}, "the environment": {gs.Config{Getenv: environment("GOOGLE_APPLICATION_CREDENTIALS", account)}, "Bearer got"},
		"anonymous": {gs.Config{CredentialsFile: account, Anonymous: true}, ""}, "nothing": {gs.Config{}, ""},
	} {
		*asked, *seen = nil, nil
		c.config.Endpoint, c.config.Home = store.URL, home
		_, err := open(t, c.config).Stat(context.Background(), "a/b c")
		if !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "it may not") || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
		if len(*seen) != 1 || (*seen)[0].Header.Get("Authorization") != c.header || (*seen)[0].URL.EscapedPath() != "/storage/v1/b/data/o/a%2Fb%20c" {
			t.Errorf("%s: %v", what, *seen)
		}
	}
	for what, c := range map[string]gs.Config{
		"broken": {CredentialsFile: broken}, "absent": {CredentialsFile: filepath.Join(home, "absent")}, "absent in the environment": {Getenv: environment("GOOGLE_APPLICATION_CREDENTIALS", "absent")},
		"a path": {Endpoint: "http://host/path"}, "no endpoint": {Endpoint: "host"},
	} {
		c.Bucket = "data"
		if _, err := gs.Open(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := gs.Open(gs.Config{}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if place := open(t, gs.Config{Getenv: environment("STORAGE_EMULATOR_HOST", "localhost:1")}); place.Endpoint != "http://localhost:1" {
		t.Error(place.Endpoint)
	}
}

func write(t *testing.T, folder, name string, what any) string {
	t.Helper()
	text, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAnswers: what Google answers and its emulators do not: listings in parts, versions,
// and a bucket that is not there.
func TestAnswers(t *testing.T) {
	server, _ := service(t, func(w http.ResponseWriter, r *http.Request) {
		switch token := r.FormValue("pageToken"); {
		case strings.Contains(r.URL.Path, "/b/absent/"):
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error": {"code": 404, "message": "The specified bucket does not exist."}}`)
		case r.FormValue("alt") == "media":
			w.Header().Set("X-Goog-Generation", r.FormValue("generation"))
			_, _ = io.WriteString(w, "of then")
		case token == "":
			_, _ = io.WriteString(w, `{"nextPageToken": "2", "items": [{"name": "a", "size": "3", "etag": "CJi9lLHJ+v0CEAE=", "generation": "17", "md5Hash": "rL0Y20zC+Fzt72VPzMSk2A=="}, {"name": "folder/"}]}`)
		default:
			_, _ = io.WriteString(w, `{"items": [{"name": "a", "size": "4", "generation": "18"}]}`)
		}
	})
	place := open(t, gs.Config{Endpoint: server.URL})
	var all []files.Info
	err := place.List(context.Background(), "", func(i files.Info) error { all = append(all, i); return nil })
	if err != nil || len(all) != 2 || all[0].Version != "17" || all[0].ETag != "CJi9lLHJ+v0CEAE=" || all[1].Size != 4 || !bytes.HasPrefix(all[0].MD5, []byte{0xac, 0xbd}) {
		t.Errorf("%+v, %v", all, err)
	}
	r, info, err := place.OpenVersion(context.Background(), "a", "17", 0)
	if err != nil || info.Version != "17" || r.Close() != nil {
		t.Error(info, err)
	}
	if _, err := open(t, gs.Config{Bucket: "absent", Endpoint: server.URL}).Stat(context.Background(), "a"); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "no bucket absent") || fault.HintOf(err) == "" {
		t.Error(err)
	}
}

// taking is a service that takes large files, loses what it is told to lose, and answers
// late.
type taking struct {
	got  []byte
	lose []int // bytes of the next blocks that it takes, before it breaks off; -1 for all of a block, and no answer
}

func (k *taking) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		w.Header().Set("Location", "http://"+r.Host+"/session")
		return
	}
	var from, to int
	var total string
	if n, _ := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%s", &from, &to, &total); n == 3 {
		body, _ := io.ReadAll(r.Body)
		if from != len(k.got) || len(body) != to-from+1 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if len(k.lose) > 0 {
			lose := k.lose[0]
			if k.lose = k.lose[1:]; lose < 0 {
				lose = len(body)
			}
			k.got = append(k.got, body[:lose]...)
			panic(http.ErrAbortHandler)
		}
		if k.got = append(k.got, body...); total != "*" {
			_, _ = fmt.Fprintf(w, `{"name": "file", "size": "%d", "generation": "1"}`, len(k.got))
			return
		}
	}
	if len(k.got) > 0 {
		w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", len(k.got)-1))
	}
	w.WriteHeader(http.StatusPermanentRedirect)
}

// TestResumed: of a block that broke off what is missing is sent, and no more.
func TestResumed(t *testing.T) {
	service := &taking{lose: []int{0, 1 << 20, -1, 512 << 10}}
	server := httptest.NewServer(http.HandlerFunc(service.serve))
	defer server.Close()
	content := make([]byte, 40<<20)
	if _, err := io.ReadFull(draw.Reader(t), content); err != nil {
		t.Fatal(err)
	}
	info, err := open(t, gs.Config{Endpoint: server.URL}).Write(context.Background(), "file", bytes.NewReader(content), int64(len(content)), nil)
	if err != nil || info.Size != int64(len(content)) || !bytes.Equal(service.got, content) {
		t.Errorf("%+v, %d bytes, %v", info, len(service.got), err)
	}
}

// TestSilence: a server that stops in the middle of a file, or before it answers, is not
// waited for without an end; one that is slow is.
func TestSilence(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slow := strings.HasSuffix(r.URL.Path, "/slow")
		if strings.HasSuffix(r.URL.Path, "/mute") {
			<-stop
			return
		}
		w.Header().Set("Content-Length", "40")
		for range 4 {
			_, _ = io.WriteString(w, "0123456789")
			w.(http.Flusher).Flush()
			if !slow {
				<-stop
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}))
	defer server.Close()
	defer close(stop)
	place := open(t, gs.Config{Endpoint: server.URL, Network: files.Network{Read: 250 * time.Millisecond}})
	if got, _, err := filestest.Read(place, "slow", 0); err != nil || len(got) != 40 {
		t.Error(len(got), err)
	}
	for _, path := range []string{"stops", "mute"} {
		if _, _, err := filestest.Read(place, path, 0); !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Unsupported) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
