package imports_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// TestTags: what dvc 3.67.1 with dvc-azure 3.1.1 and dvc-gs 3.1.0 noted of files with
// such tags: Azure's in quotes, and Google's, which is base64, in hex and with its
// generation.
func TestTags(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"0x1C99D5A3D7A5B60"`)
		if r.Method == http.MethodGet {
			_, _ = fmt.Fprint(w, `{"name": "f.txt", "size": "4", "generation": "1795803363704947817", "etag": "W79aUjJ+dDmuanGd/nEiAA=="}`)
		}
	}))
	defer server.Close()
	for url, c := range map[string]struct {
		over         pyjson.Map
		tag, version string
	}{
		"azure://data/f.txt": {pyjson.Map{{Key: "connection_string", Value: "AccountName=a;AccountKey=a2V5;BlobEndpoint=" + server.URL}}, `"0x1C99D5A3D7A5B60"`, ""},
		"gs://data/f.txt":    {pyjson.Map{{Key: "endpointurl", Value: server.URL}, {Key: "allow_anonymous_login", Value: "true"}}, "5bbf5a52327e7439ae6a719dfe712200", "1795803363704947817"},
	} {
		at, err := imports.Locate(url, t.TempDir(), nil, dvcconfig.Over{Options: c.over}, around(t).Remotes)
		if err != nil {
			t.Fatal(err)
		}
		found, err := at.Look(context.Background())
		if err != nil {
			t.Fatal(url, err)
		}
		if d, err := found.Data(context.Background(), 1); err != nil || d.ETag != c.tag || d.VersionID != c.version {
			t.Errorf("%s: %+v, %v", url, d, err)
		}
	}
}
