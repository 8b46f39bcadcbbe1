// Package storetest starts the emulators of other companies' stores for tests: Azurite,
// which is Microsoft's own, and gcp-storage-emulator.
package storetest

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/freeport"
)

// Account and Key are what Azurite knows.
const (
	Account = "devstoreaccount1"
	Key     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// Azurite starts an emulator of Azure's blob storage and gives the endpoint of its
// account. Without the program the test skips, which fails with CI=true.
func Azurite(t *testing.T) string {
	t.Helper()
	host, port := start(t, "TACIT_TEST_AZURITE", func(host, port string) []string {
		return []string{"--blobHost", host, "--blobPort", port, "--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"}
	})
	return "http://" + net.JoinHostPort(host, port) + "/" + Account
}

// Google starts an emulator of Google's storage with a bucket "data" and gives its
// endpoint; it skips as Azurite does.
func Google(t *testing.T) string {
	t.Helper()
	host, port := start(t, "TACIT_TEST_GCS", func(host, port string) []string {
		return []string{"start", "--host=" + host, "--port=" + port, "--in-memory", "--quiet"}
	})
	endpoint := "http://" + net.JoinHostPort(host, port)
	answer, err := http.Post(endpoint+"/storage/v1/b?project=test", "application/json", strings.NewReader(`{"name": "data"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
	return endpoint
}

// start starts the program that a variable of the environment names, on a free port.
func start(t *testing.T, variable string, arguments func(host, port string) []string) (host, port string) {
	t.Helper()
	program := os.Getenv(variable)
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(variable + " is not set; make test installs the emulator and sets it")
		}
		t.Skip("no emulator: " + variable + " is not set")
	}
	address := freeport.Address(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program, arguments(host, port)...)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		if t.Failed() {
			t.Logf("the emulator says:\n%s", &said)
		}
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return host, port
		}
	}
	t.Fatal("the emulator did not start")
	return "", ""
}
