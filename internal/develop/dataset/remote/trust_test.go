package remote_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestCloned: what would run a program, or send elsewhere what proves who a person is, is
// taken from the person's own settings, and refused by name from those of a clone, before
// anything is run or asked.
func TestCloned(t *testing.T) {
	folder, asked := t.TempDir(), atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNotFound)
	}))
	defer s.Close()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ran := filepath.Join(folder, "ran")
	program := write("aws", "[default]\n Credential_Process = touch "+ran+"\n")
	keys := write("keys", "[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
	elsewhere := write("elsewhere.json", `{"type": "external_account", "audience": "a", "subject_token_type": "t", "token_url": "`+s.URL+`", "credential_source": {"file": "`+keys+`"}}`)
	for _, c := range []struct {
		option string // that is refused, "" where all is taken
		lines  []string
	}{
		{"bearer_token_command", []string{"url = webdav" + strings.TrimPrefix(s.URL, "http") + "/data", "bearer_token_command = touch " + ran}},
		{"endpointurl", []string{"url = gs://bucket/path", "endpointurl = " + s.URL}},
		{"", []string{"url = gs://bucket/path", "endpointurl = " + s.URL, "allow_anonymous_login = true"}},
		{"credentialpath", []string{"url = gs://bucket/path", "credentialpath = " + elsewhere}},
		{"credentialpath", []string{"url = s3://bucket/path", "region = us-east-1", "endpointurl = " + s.URL, "credentialpath = " + program}},
		{"", []string{"url = s3://bucket/path", "region = us-east-1", "endpointurl = " + s.URL, "credentialpath = " + keys}},
	} {
		around := remote.Surroundings{Random: draw.Reader(t), Home: folder}
		r, err := remote.Open(context.Background(), "r", said(t, dvcconfig.Repo, c.lines...), around)
		if c.option == "" {
			if err != nil {
				t.Errorf("%q: %v", c.lines, err)
			}
			continue
		}
		if !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), "'"+c.option+"'") || !strings.Contains(fault.HintOf(err), "remote modify --local NAME "+c.option) {
			t.Errorf("%q: %v, %v", c.lines, err, r)
		}
		if _, err := remote.Open(context.Background(), "r", said(t, dvcconfig.Local, c.lines...), around); err != nil {
			t.Errorf("a person's own %q: %v", c.lines, err)
		}
	}
	if _, err := os.Stat(ran); !errors.Is(err, fs.ErrNotExist) || asked.Load() != 0 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}
