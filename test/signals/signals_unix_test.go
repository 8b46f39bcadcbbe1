//go:build unix

package signals

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/test/program"
)

// started is a running server.
func started(t *testing.T) *program.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program and runs it")
	}
	t.Parallel()
	s := program.New(t, program.Build(t))
	s.Start(t)
	return s
}

// eventually waits until what says yes.
func eventually(t *testing.T, s *program.Server, what string, yes func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !yes(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute\n%s", what, s.Log())
		}
	}
}

func TestHangupReadsTheSettingsAgain(t *testing.T) {
	s := started(t)
	settings := filepath.Join(filepath.Dir(s.Folder), "tacit.yaml")
	write := func(text string) {
		if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	workspace := func() string {
		answer, err := http.Get(s.URL() + "/api/v1/server")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var about struct{ Workspace string }
		if err := json.NewDecoder(answer.Body).Decode(&about); err != nil {
			t.Fatal(err)
		}
		return about.Workspace
	}
	if got := workspace(); got != "default" {
		t.Fatalf("without settings the workspace is %q", got)
	}
	write("workspace: team\n")
	s.Signal(t, syscall.SIGHUP)
	eventually(t, s, "the settings read again", func() bool { return strings.Contains(s.Log(), "settings read again") })
	if got := workspace(); got != "team" {
		t.Errorf("after a good file the workspace is %q, want team", got)
	}
	write("# a mistake in line 2\nworkspase: other\n")
	s.Signal(t, syscall.SIGHUP)
	eventually(t, s, "the mistake told", func() bool { return strings.Contains(s.Log(), "the settings from before hold") })
	for _, told := range []string{`tacit.yaml:2:1: unknown key "workspase"`, "  2 | workspase: other", `hint: did you mean "workspace"?`} {
		if !strings.Contains(s.Log(), told) {
			t.Errorf("of a bad file %q is not told:\n%s", told, s.Log())
		}
	}
	if got := workspace(); got != "team" {
		t.Errorf("after a bad file the workspace is %q, want team as before", got)
	}
	write("audit: {retention: 400d}\n")
	s.Signal(t, syscall.SIGHUP)
	eventually(t, s, "the settings read again", func() bool { return strings.Count(s.Log(), "settings read again") == 2 })
	answer, err := http.Get(s.URL() + "/w/default/api/v1/audit/entries?verb=audit.settings.changed")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	for _, told := range []string{`"actor":"tacit:user/local"`, `"client":"SIGHUP"`, `"retention":"400d"`} {
		if err != nil || !strings.Contains(string(text), told) {
			t.Errorf("the audit log does not tell %s: %s, %v", told, text, err)
		}
	}
	s.Stop(t)
}

// What is under way when tacit is told to stop is finished, while who asks for
// health is sent elsewhere; then tacit ends well.
func TestTerminateDrains(t *testing.T) {
	s := started(t)
	body, send := io.Pipe()
	type outcome struct {
		status int
		err    error
	}
	answered := make(chan outcome, 1)
	const file = "/api/2.0/mlflow-artifacts/artifacts/0/slow.bin"
	go func() {
		request, err := http.NewRequest(http.MethodPut, s.URL()+file, body)
		if err != nil {
			answered <- outcome{0, err}
			return
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			answered <- outcome{0, err}
			return
		}
		_ = answer.Body.Close()
		answered <- outcome{answer.StatusCode, nil}
	}()
	if _, err := io.WriteString(send, "first half, "); err != nil {
		t.Fatal(err)
	}
	incoming := filepath.Join(s.Folder, "blobs", ".incoming")
	eventually(t, s, "the upload under way", func() bool { all, err := os.ReadDir(incoming); return err == nil && len(all) > 0 })
	s.Signal(t, syscall.SIGTERM)
	eventually(t, s, "health 503 while the upload goes on", func() bool {
		answer, err := http.Get(s.URL() + "/health")
		if err != nil {
			t.Fatalf("health is refused while a request is under way: %v", err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusServiceUnavailable
	})
	select {
	case got := <-answered:
		t.Fatalf("the upload was broken off: %+v", got)
	default:
	}
	if _, err := io.WriteString(send, "second half"); err != nil {
		t.Fatal(err)
	}
	_ = send.Close()
	if got := <-answered; got.err != nil || got.status != http.StatusOK {
		t.Errorf("the upload ended with %+v, want 200", got)
	}
	s.MustEnd(t)
	kept, err := os.ReadFile(filepath.Join(s.Folder, "blobs", "artifact", "default", "0", "slow.bin"))
	if err != nil || string(kept) != "first half, second half" {
		t.Errorf("kept is %q (%v)", kept, err)
	}
}
