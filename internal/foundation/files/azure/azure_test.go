package azure_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/azure"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
	"github.com/tacit-ml/tacit/internal/foundation/files/storetest"
)

func open(t *testing.T, c azure.Config) *azure.Place {
	t.Helper()
	c.Retries.First, c.Now = time.Millisecond, time.Now
	if c.Container == "" {
		c.Container = "data"
	}
	place, err := azure.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func connection(endpoint string) string {
	return "DefaultEndpointsProtocol=http;AccountName=" + storetest.Account + ";AccountKey=" + storetest.Key + ";BlobEndpoint=" + endpoint + ";"
}

func emulator(t *testing.T) string {
	t.Helper()
	endpoint := storetest.Azurite(t)
	if err := open(t, azure.Config{ConnectionString: connection(endpoint)}).Create(context.Background(), http.MethodPut); err != nil {
		t.Fatal(err)
	}
	return endpoint
}

func TestContainer(t *testing.T) {
	endpoint := emulator(t)
	filestest.Run(t, filestest.Kind{Lists: true, Unsized: true}, func(t *testing.T) files.Place {
		return open(t, azure.Config{Prefix: "/" + t.Name() + "/?#é/", ConnectionString: connection(endpoint)})
	})
	place := open(t, azure.Config{ConnectionString: connection(endpoint)})
	filestest.Blocks(t, place)
	for _, name := range []string{"a&b<c>\"'", " leads", "a//b"} { // which XML does not hold, or escapes
		filestest.Put(t, place, "names/"+name, name)
	}
	seen := map[string]int64{}
	if err := place.List(context.Background(), "names/", func(i files.Info) error { seen[strings.TrimPrefix(i.Path, "names/")] = i.Size; return nil }); err != nil || len(seen) != 3 {
		t.Errorf("%v, %v", seen, err)
	}
	if _, ok := seen["a&b<c>\"'"]; !ok {
		t.Errorf("%v", seen)
	}
}

func TestNetworks(t *testing.T) {
	b := filestest.BreakBefore(t, strings.TrimSuffix(emulator(t), "/"+storetest.Account))
	filestest.Networks(t, b, open(t, azure.Config{ConnectionString: connection(b.URL + "/" + storetest.Account)}))
}

// TestWhoMay: a container that is not there, a wrong key and nobody are told as what
// they are.
func TestWhoMay(t *testing.T) {
	endpoint := emulator(t)
	for what, c := range map[string]struct {
		config azure.Config
		kind   fault.Kind
		says   string
	}{
		"no file":      {azure.Config{ConnectionString: connection(endpoint)}, fault.NotFound, "There is no file in azure://data"},
		"no container": {azure.Config{ConnectionString: connection(endpoint), Container: "absent"}, fault.NotFound, "no container absent"},
		"wrong key":    {azure.Config{ConnectionString: strings.Replace(connection(endpoint), "Eby8", "aaaa", 1)}, fault.Denied, "refuses the credentials"},
		"nobody":       {azure.Config{ConnectionString: "AccountName=devstoreaccount1;BlobEndpoint=" + endpoint}, fault.Denied, "refuses the credentials"},
	} {
		_, _, err := filestest.Read(open(t, c.config), "file", 0)
		if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// asked notes what a service is asked, and answers nothing but success.
func asked(t *testing.T, answer func(http.ResponseWriter, *http.Request)) (*httptest.Server, *[]*http.Request) {
	t.Helper()
	var all []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		all = append(all, r)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server, &all
}

// TestIdentities: a token comes from where the settings and the surroundings say, in
// their order, and is asked for once.
func TestIdentities(t *testing.T) {
	server, requests := asked(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token": "got", "token_type": "Bearer", "expires_in": 3600}`)
	})
	blobs, seen := asked(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("assertion\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	line := func(string, ...string) ([]byte, error) {
		return []byte(`{"accessToken": "got", "expiresOn": "2999-01-01 00:00:00.000000"}`), nil
	}
	for what, c := range map[string]struct {
		config      azure.Config
		environment map[string]string
		path        string
		says        map[string]string // of the form
	}{
		"a program":       {azure.Config{Tenant: "t", ID: "i", Secret: "s"}, nil, "/t/oauth2/v2.0/token", map[string]string{"client_secret": "s", "client_id": "i", "scope": "https://storage.azure.com/.default"}},
		"the environment": {azure.Config{}, map[string]string{"AZURE_TENANT_ID": "t2", "AZURE_CLIENT_ID": "i", "AZURE_CLIENT_SECRET": "s"}, "/t2/oauth2/v2.0/token", map[string]string{"client_secret": "s"}},
		"adlfs's":         {azure.Config{}, map[string]string{"AZURE_STORAGE_TENANT_ID": "t3", "AZURE_STORAGE_CLIENT_ID": "i", "AZURE_STORAGE_CLIENT_SECRET": "s"}, "/t3/oauth2/v2.0/token", map[string]string{"client_secret": "s"}},
		"a workload":      {azure.Config{NoEnvironment: true}, map[string]string{"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "i", "AZURE_CLIENT_SECRET": "s", "AZURE_FEDERATED_TOKEN_FILE": file}, "/t/oauth2/v2.0/token", map[string]string{"client_assertion": "assertion"}},
		"an app":          {azure.Config{}, map[string]string{"IDENTITY_ENDPOINT": server.URL + "/app", "IDENTITY_HEADER": "h"}, "/app", map[string]string{"resource": "https://storage.azure.com"}},
		"the line":        {azure.Config{NoManaged: true, Run: line}, nil, "", nil},
	} {
		c.config.Account, c.config.Container = "acc", "data"
		c.config.Getenv = func(name string) string {
			if name == "AZURE_AUTHORITY_HOST" {
				return server.URL
			}
			return c.environment[name]
		}
		*requests, *seen = nil, nil
		place := open(t, c.config)
		place.At(blobs.URL)
		for range 2 {
			if _, err := place.Stat(context.Background(), "file"); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if c.path != "" && (len(*requests) != 1 || (*requests)[0].URL.Path != c.path) {
			t.Fatalf("%s: asked %v", what, *requests)
		}
		for name, value := range c.says {
			if got := (*requests)[0].Form.Get(name); got != value {
				t.Errorf("%s: %s is %q", what, name, got)
			}
		}
		if len(*seen) != 2 || (*seen)[1].Header.Get("Authorization") != "Bearer got" {
			t.Errorf("%s: the storage was asked %v", what, *seen)
		}
	}
	nobody := open(t, azure.Config{Account: "acc", NoManaged: true, Run: func(string, ...string) ([]byte, error) { return nil, errors.New("not found") }})
	if _, err := nobody.Stat(context.Background(), "file"); !fault.Is(err, fault.Denied) || fault.HintOf(err) == "" {
		t.Error(err)
	}
}

// TestSignature: a signature that somebody made goes with every request, and into no
// message.
func TestSignature(t *testing.T) {
	server, requests := asked(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	place := open(t, azure.Config{Account: "acc", SAS: "?sv=1&sig=a%2Bb%3D"})
	place.At(server.URL)
	_, err := place.Stat(context.Background(), "file")
	if !fault.Is(err, fault.NotFound) || len(*requests) != 1 || (*requests)[0].Form.Get("sig") != "a+b=" {
		t.Error(err, *requests)
	}
	server.Close()
	if _, err := place.Stat(context.Background(), "file"); !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "sig=") {
		t.Error(err)
	}
}

// TestSettings: what is not set is looked for where Azure's command line and adlfs look.
func TestSettings(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".azure"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".azure", "config"), []byte("[core]\naccount = other\n# x\n[storage]\naccount = kept\nkey=a2V5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		config      azure.Config
		environment map[string]string
		account     string
	}{
		"the file":        {azure.Config{}, nil, "kept"},
		"the environment": {azure.Config{}, map[string]string{"AZURE_STORAGE_ACCOUNT": "env"}, "env"},
		"an option":       {azure.Config{Account: "option"}, map[string]string{"AZURE_STORAGE_ACCOUNT": "env"}, "option"},
		"a string":        {azure.Config{}, map[string]string{"AZURE_STORAGE_CONNECTION_STRING": "AccountName=string;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn"}, "string"},
		"development":     {azure.Config{ConnectionString: "UseDevelopmentStorage=true"}, nil, storetest.Account},
	} {
		c.config.Home, c.config.Getenv = home, func(name string) string { return c.environment[name] }
		if place := open(t, c.config); place.Account != c.account {
			t.Errorf("%s: %s", what, place.Account)
		}
	}
	for what, c := range map[string]azure.Config{
		"no container": {Account: "a"}, "no string": {ConnectionString: "secret", Container: "c"}, "no account": {ConnectionString: "AccountKey=a2V5", Container: "c"},
		"no key": {Account: "a", Key: "?", Container: "c"}, "no signature": {Account: "a", SAS: "sv=1", Container: "c"}, "another host": {Account: "h/", Container: "c"},
	} {
		if _, err := azure.Open(c); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := azure.Open(azure.Config{Container: "c"}); !fault.Is(err, fault.Denied) || fault.HintOf(err) == "" {
		t.Error(err)
	}
}

// TestPages: a listing goes on where its part ends, and names what its XML cannot hold.
func TestPages(t *testing.T) {
	server, _ := asked(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Form.Get("marker") == "" {
			_, _ = io.WriteString(w, `<EnumerationResults><Blobs><Blob><Name Encoded="true">a%01</Name><Properties><Etag>0x8D</Etag><Content-Length>3</Content-Length><Content-MD5>rL0Y20zC+Fzt72VPzMSk2A==</Content-MD5></Properties></Blob>`+
				`<Blob><Name>f</Name><Properties><ResourceType>directory</ResourceType></Properties></Blob><Blob><Name>g</Name><Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob></Blobs><NextMarker>2</NextMarker></EnumerationResults>`)
			return
		}
		_, _ = io.WriteString(w, `<EnumerationResults><Blobs><Blob><Name>b</Name></Blob></Blobs><NextMarker/></EnumerationResults>`)
	})
	place := open(t, azure.Config{Account: "acc", Key: "a2V5"})
	place.At(server.URL)
	var all []files.Info
	err := place.List(context.Background(), "", func(i files.Info) error { all = append(all, i); return nil })
	if err != nil || len(all) != 2 || all[0].Path != "a\x01" || all[0].Size != 3 || all[0].ETag != "0x8D" || all[1].Path != "b" {
		t.Errorf("%+v, %v", all, err)
	}
	if want := []byte{0xac, 0xbd}; !bytes.HasPrefix(all[0].MD5, want) {
		t.Errorf("%x", all[0].MD5)
	}
}
