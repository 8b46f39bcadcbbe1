package sharing_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/inspection"
	"github.com/tacit-ml/tacit/internal/develop/dataset/sharing"
)

// kept is a remote of tacit's that lacks objects, and says how it answers what was found.
type kept struct {
	lacks  []string
	answer int
	told   []inspection.Outcome
}

// ServeHTTP answers as tacit does.
func (k *kept) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case r.URL.Path == "/churn/.tacit":
		_, _ = io.WriteString(w, `{"tacit": 1, "lacks": 100, "inspection": true}`)
	case r.URL.Path == "/churn/.tacit/lacks":
		for _, name := range strings.Fields(string(body)) {
			if slices.Contains(k.lacks, name) {
				_, _ = fmt.Fprintln(w, name)
			}
		}
	case r.URL.Path == "/churn/.tacit/inspection":
		var o inspection.Outcome
		if json.Unmarshal(body, &o) == nil {
			k.told = append(k.told, o)
		}
		w.WriteHeader(k.answer)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// TestRemotesAreToldHowTheyWereFound by what is asked of them, not of the cache alone; who
// may not tell it finds all the same.
func TestRemotesAreToldHowTheyWereFound(t *testing.T) {
	c, k := open(t), &kept{answer: http.StatusNoContent}
	server := httptest.NewServer(k)
	defer server.Close()
	c.write(".dvc/config", "[core]\n    remote = near\n['remote \"near\"']\n    url = "+server.URL+"/churn\n")
	listing := c.track("d", map[string]string{"a": "1", "b": "2"})
	c.write("gone.dvc", fmt.Sprintf("outs:\n- md5: %s\n  size: 1\n  hash: md5\n  path: gone\n", file("3")))
	inspect := func(remotes bool) []sharing.Finding {
		t.Helper()
		all, _, err := c.sharing().Inspect(context.Background(), sharing.Inspection{Request: sharing.Request{Cwd: c.root}, Remotes: remotes})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if inspect(false); len(k.told) != 0 {
		t.Errorf("nobody was asked: %+v", k.told)
	}
	k.lacks = []string{file("1").String(), file("3").String()}
	inspect(true)
	k.lacks = nil
	inspect(true)
	want := []inspection.Outcome{{Objects: 4, Lost: 1, Unsent: 1}, {Objects: 4}}
	if !slices.Equal(k.told, want) {
		t.Errorf("%s: %+v, want %+v", listing, k.told, want)
	}
	for _, answer := range []int{http.StatusForbidden, http.StatusNotFound} {
		k.answer, k.lacks = answer, []string{file("1").String()}
		if all := inspect(true); len(all) != 1 || all[0].Trouble != sharing.Unsent {
			t.Errorf("%d: %+v", answer, all)
		}
	}
}
