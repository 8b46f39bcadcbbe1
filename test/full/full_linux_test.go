package full

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-ml/tacit/test/program"
)

func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := program.New(t, program.Build(t))
	s.Start(t)
	c := client{t, s.URL()}

	// 512 KiB more of write-ahead log, and no file of more than that.
	log, err := os.Stat(filepath.Join(s.Folder, "tacit.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	const more = 512 << 10
	limit(t, s.PID(), uint64(log.Size())+more)
	kept := c.createUntilFull()
	if len(kept) == 0 {
		t.Fatal("nothing was kept before the disk was full")
	}
	// A smaller write may still find room, and a log that was copied into the
	// store begins anew: from here on no file takes anything behind its first page.
	limit(t, s.PID(), 4<<10)
	c.refused(http.MethodPost, "/api/2.0/mlflow/experiments/create", strings.NewReader(`{"name":"over","tags":[`+filler+`]}`))
	c.refused(http.MethodPut, "/api/2.0/mlflow-artifacts/artifacts/deep/folder/large.bin", bytes.NewReader(make([]byte, log.Size()+2*more)))
	if status, text := c.call(http.MethodGet, "/health", nil); status != http.StatusServiceUnavailable || !strings.Contains(text, "hint: ") {
		t.Errorf("health while the disk is full: %d %q, want 503 with a remedy", status, text)
	}
	if status, text := c.call(http.MethodGet, "/api/2.0/mlflow/experiments/get?experiment_id=0", nil); status != http.StatusOK {
		t.Errorf("reading while the disk is full: %d %s", status, text)
	}
	for _, folder := range []string{"blobs/.incoming", "blobs/deep"} {
		if left, err := os.ReadDir(filepath.Join(s.Folder, folder)); err == nil && (len(left) > 0 || folder == "blobs/deep") {
			t.Errorf("%s is left with %d entries by a write that was refused", folder, len(left))
		}
	}

	limit(t, s.PID(), unix.RLIM_INFINITY)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		status, text := c.call(http.MethodGet, "/health", nil)
		if status == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("health with room again: %d %s\n%s", status, text, s.Log())
		}
	}
	if status, text := c.call(http.MethodPut, "/api/2.0/mlflow-artifacts/artifacts/deep/folder/large.bin", bytes.NewReader(make([]byte, log.Size()+2*more))); status != http.StatusOK {
		t.Errorf("the same file with room again: %d %s", status, text)
	}
	if status, text := c.call(http.MethodPost, "/api/2.0/mlflow/experiments/create", strings.NewReader(`{"name":"over"}`)); status != http.StatusOK {
		t.Errorf("the refused name with room again: %d %s", status, text)
	}
	c.mustHave(kept)
	s.Kill(t)
	s.Start(t)
	c.mustHave(kept)
}

// A start on a full disk says so before it says that tacit is ready, whether the
// folder is there already or not.
func TestStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := program.New(t, program.Build(t))
	s.Start(t)
	s.Stop(t)
	for name, folder := range map[string]string{"a folder of before": s.Folder, "a new folder": filepath.Join(t.TempDir(), "new")} {
		for _, kib := range []string{"0", "4", "24"} {
			up := exec.Command("bash", "-c", `ulimit -f "$1" && exec "$2" up --dir "$3" --listen 127.0.0.1:0`, "bash", kib, s.Binary, folder)
			var out, told bytes.Buffer
			up.Stdout, up.Stderr = &out, &told
			err := up.Run()
			if up.ProcessState.ExitCode() != 2 || out.Len() > 0 || strings.Count(told.String(), "error: ") != 1 || !strings.Contains(told.String(), "\n  hint: ") {
				t.Errorf("%s, no file over %s KiB: %v\n%s%s\nwant exit 2, one error with a remedy, and nothing that says ready", name, kib, err, &out, &told)
			}
		}
	}
	s.Start(t)
	s.Stop(t)
}

// filler is a tag of some kilobytes, so that the disk is full soon.
var filler = `{"key":"note","value":"` + strings.Repeat("x", 4000) + `"}`

func limit(t *testing.T, pid int, size uint64) {
	t.Helper()
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}, nil); err != nil {
		t.Fatal(err)
	}
}

type client struct {
	t   *testing.T
	url string
}

func (c client) call(method, path string, body io.Reader) (int, string) {
	c.t.Helper()
	request, err := http.NewRequest(method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// createUntilFull makes experiments until one is refused, and gives the names
// of those that were acknowledged.
func (c client) createUntilFull() (kept []string) {
	c.t.Helper()
	for i := range 10_000 {
		name := fmt.Sprintf("kept-%d", i)
		switch status, text := c.call(http.MethodPost, "/api/2.0/mlflow/experiments/create", strings.NewReader(`{"name":"`+name+`","tags":[`+filler+`]}`)); status {
		case http.StatusOK:
			kept = append(kept, name)
		case http.StatusServiceUnavailable:
			return kept
		default:
			c.t.Fatalf("the first refusal: %d %s", status, text)
		}
	}
	c.t.Fatal("the disk was never full")
	return nil
}

func (c client) refused(method, path string, body io.Reader) {
	c.t.Helper()
	if status, text := c.call(method, path, body); status != http.StatusServiceUnavailable || !strings.Contains(text, "tacit goes on by itself") {
		c.t.Errorf("%s %s while the disk is full: %d %s, want 503 with a remedy", method, path, status, text)
	}
}

func (c client) mustHave(names []string) {
	c.t.Helper()
	var there []string
	for token := ""; ; {
		query, err := json.Marshal(map[string]any{"max_results": 1000, "page_token": token})
		if err != nil {
			c.t.Fatal(err)
		}
		_, text := c.call(http.MethodPost, "/api/2.0/mlflow/experiments/search", bytes.NewReader(query))
		var found struct {
			Experiments []struct{ Name string }
			Next        string `json:"next_page_token"`
		}
		if err := json.Unmarshal([]byte(text), &found); err != nil {
			c.t.Fatalf("%v: %s", err, text)
		}
		for _, e := range found.Experiments {
			there = append(there, e.Name)
		}
		if token = found.Next; token == "" {
			break
		}
	}
	for _, name := range names {
		if !slices.Contains(there, name) {
			c.t.Errorf("%s was acknowledged and is not there", name)
		}
	}
}
