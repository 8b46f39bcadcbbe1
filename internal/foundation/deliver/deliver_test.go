package deliver

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func batch() []Message {
	at := time.Date(2026, 1, 31, 9, 0, 0, 5000, time.UTC)
	return []Message{
		{Key: "a", Time: at, Kind: "tracking.run.created", JSON: []byte(`{"id":"a"}`)},
		{Key: "b", Time: at, Kind: strings.Repeat("long word ", 9), Warning: true, JSON: []byte(`{"id":"ü"}`)},
	}
}

var message = regexp.MustCompile(`^<(110|108)>1 2026-01-31T09:00:00\.000005Z [!-~]{1,255} tacit - [!-~]{1,32} - (\{.*\})$`)

func TestLines(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "out")
	for range 2 {
		target, err := Open(t.Context(), file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := target.Deliver(t.Context(), batch()); err != nil {
			t.Fatal(err)
		}
		if err := target.Close(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Repeat("{\"id\":\"a\"}\n{\"id\":\"ü\"}\n", 2), string(got)); diff != "" {
		t.Errorf("a file that is added to:\n%s", diff)
	}
	var out bytes.Buffer
	target, err := Open(t.Context(), "", Options{Format: "syslog", Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Deliver(t.Context(), batch()); err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		m := message.FindStringSubmatch(line)
		if m == nil || m[1] != []string{"110", "108"}[i] || m[2] != string(batch()[i].JSON) {
			t.Errorf("%q is not RFC 5424", line)
		}
	}
}

func TestSyslogOverTheNetwork(t *testing.T) {
	t.Parallel()
	stream, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = stream.Close(), packets.Close() })
	for _, address := range []string{"syslog://" + stream.Addr().String(), "syslog+udp://" + packets.LocalAddr().String()} {
		target, err := Open(t.Context(), address, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := target.Deliver(t.Context(), batch()); err != nil {
			t.Fatal(err)
		}
		if err := target.Close(); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := stream.Accept()
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for i := range 2 {
		var n int
		if _, err := fmt.Fscanf(r, "%d ", &n); err != nil {
			t.Fatal(err)
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(r, text); err != nil || !message.Match(text) {
			t.Errorf("message %d of the stream: %q, %v", i, text, err)
		}
		packet := make([]byte, 2048)
		n, _, err := packets.ReadFrom(packet)
		if err != nil || !message.Match(packet[:n]) {
			t.Errorf("packet %d: %q, %v", i, packet[:n], err)
		}
	}
}

// A message that no packet holds goes out as a short one, and those after it as ever.
func TestAMessageThatNoPacketHolds(t *testing.T) {
	t.Parallel()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packets.Close() }()
	var told []string
	target, err := Open(t.Context(), "syslog+udp://"+packets.LocalAddr().String(), Options{Short: func(m Message, size int) {
		told = append(told, fmt.Sprint(m.Key, size > 70_000))
	}})
	if err != nil {
		t.Fatal(err)
	}
	all := batch()
	all[0].JSON = []byte(`{"id":"a","data":"` + strings.Repeat("x", 70_000) + `"}`)
	if err := target.Deliver(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if err := target.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{`{"id":"a","time":"2026-01-31T09:00:00.000005Z","verb":"tracking.run.created","too_large":70020}`, `{"id":"ü"}`}
	buffer := make([]byte, 1<<16)
	for i := range want {
		if err := packets.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		n, _, err := packets.ReadFrom(buffer)
		if err != nil {
			t.Fatal(err)
		}
		if m := message.FindSubmatch(buffer[:n]); m == nil || string(m[2]) != want[i] {
			t.Errorf("%q, want %s", buffer[:n], want[i])
		}
	}
	if diff := cmp.Diff([]string{"atrue"}, told); diff != "" {
		t.Error(diff)
	}
}

// Over TLS the server's certificate must be signed by who is known.
func TestSyslogOverTLS(t *testing.T) {
	t.Parallel()
	signed := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer signed.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: signed.TLS.Certificates, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	got := make(chan string, 1)
	go func() {
		// Held until the listener closes: the collector of garbage ends a connection that nobody refers to.
		var open []net.Conn
		defer func() {
			for _, conn := range open {
				_ = conn.Close()
			}
		}()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open = append(open, conn)
			var n int
			in := bufio.NewReader(conn)
			if _, err := fmt.Fscanf(in, "%d ", &n); err == nil {
				text := make([]byte, n)
				_, _ = io.ReadFull(in, text)
				got <- string(text)
			}
		}
	}()
	address := "syslogs://" + listener.Addr().String()
	if _, err := Open(t.Context(), address, Options{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a certificate of a stranger: %v", err)
	}
	known := x509.NewCertPool()
	known.AddCert(signed.Certificate())
	target, err := Open(t.Context(), address, Options{Roots: known})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = target.Close() }()
	if err := target.Deliver(t.Context(), batch()[:1]); err != nil {
		t.Fatal(err)
	}
	if text := <-got; !message.MatchString(text) {
		t.Errorf("got %q", text)
	}
}

// A collector that fails is asked again with the same key, until it takes the
// batch or refuses it.
func TestCollector(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answers []int
		asked   int
		ok      bool
	}{
		{[]int{200}, 1, true},
		{[]int{503, 429, 202}, 3, true},
		{[]int{400, 200}, 1, false},
		{[]int{500}, attempts, false},
		{[]int{301, 200}, 1, false}, // the place that it leads to got nothing
	} {
		var keys, bodies []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			keys, bodies = append(keys, r.Header.Get("Idempotency-Key")), append(bodies, string(body))
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.answers[min(len(keys), len(c.answers))-1])
		}))
		target := newCollector(server.URL, Options{})
		target.pause = func(context.Context, time.Duration) error { return nil }
		err := target.Deliver(t.Context(), batch())
		if (err == nil) != c.ok || len(keys) != c.asked {
			t.Errorf("%v: asked %d times, %v", c.answers, len(keys), err)
		}
		for i := range keys {
			if keys[i] != "a-b-2" || bodies[i] != "{\"id\":\"a\"}\n{\"id\":\"ü\"}\n" {
				t.Errorf("%v: key %q, body %q", c.answers, keys[i], bodies[i])
			}
		}
		if err := target.Deliver(t.Context(), nil); err != nil || len(keys) != c.asked {
			t.Errorf("an empty batch was sent: %v", err)
		}
		_ = target.Close()
		server.Close()
	}
}

func TestTargetsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"ftp://x", ""}, {"syslog://host", ""}, {"syslog://host:514", "jsonl"}, {"https://host", "syslog"}, {"https://", ""}, {"https://ada:secret@host/x", ""}} {
		if _, err := Open(t.Context(), c[0], Options{Format: c[1]}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v, want invalid", c, err)
		}
	}
}
