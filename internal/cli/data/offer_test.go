package data

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/foundation/freeport"
)

// TestRemoteOffered: the guide's block, which makes no remote, ends with exit 1 and the
// command that makes one: at the server of this machine, where one answers.
func TestRemoteOffered(t *testing.T) {
	folder := t.TempDir() + "/churn model"
	if err := os.Mkdir(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	datasettest.Write(t, "data/raw/dataset.csv", "a,b\n1,2\n")
	for _, args := range [][]string{{"init", "-q", "--no-scm"}, {"add", "-q", "data/raw/dataset.csv"}} {
		if code, _, errs := run(t, false, "", args...); code != 0 {
			t.Fatalf("%q: %d, %s", args, code, errs)
		}
	}
	answers := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/dvc/churn-model/.tacit" {
				status = http.StatusTeapot
			}
			w.WriteHeader(status)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	push := func(local string) (code int, errs string) {
		var out, e bytes.Buffer
		code = Run(context.Background(), Terminal{In: strings.NewReader(""), Out: &out, Errs: &e, Version: "1", Program: "tacit data", Local: local}, []string{"push"})
		return code, e.String()
	}
	for _, c := range []struct {
		local   string
		offered bool
	}{
		{answers(http.StatusOK), true}, {answers(http.StatusUnauthorized), true},
		{answers(http.StatusNotFound), false}, {"http://" + freeport.Address(t), false},
	} {
		code, errs := push(c.local)
		line := "tacit data remote add -d tacit " + c.local + "/dvc/churn-model\n"
		if code != 1 || strings.Contains(errs, line) != c.offered || !strings.Contains(errs, "dvc remote add -d <remote name> <remote url>") {
			t.Errorf("offered %v: %d, %s", c.offered, code, errs)
		}
	}
	if code, _, errs := run(t, false, "", "remote", "add", "other", "elsewhere"); code != 0 {
		t.Fatal(errs)
	}
	if _, errs := push(answers(http.StatusOK)); strings.Contains(errs, "hint") {
		t.Errorf("a repository that has a remote is told %s", errs)
	}
}
