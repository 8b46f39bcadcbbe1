package artifact

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
)

// TestDigest: the hash is that of the bytes that were passed on, however they
// are read, and also of what came before a break.
func TestDigest(t *testing.T) {
	t.Parallel()
	data := make([]byte, 3*digestAlone+17)
	random := rand.NewChaCha8([32]byte{7})
	_, _ = random.Read(data)
	for _, size := range []int{0, 1, digestAlone, digestAlone + 1, len(data)} {
		for _, buffer := range []int{1 << 10, 32 << 10, digestBuffer + 1, 1 << 20} {
			d := newDigest(bytes.NewReader(data[:size]), int64(size))
			// Writers may reuse their buffer at once.
			var got bytes.Buffer
			b := make([]byte, buffer)
			for {
				n, err := d.Read(b)
				got.Write(b[:n])
				clear(b)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			want := sha256.Sum256(data[:size])
			if d.SHA256() != hex.EncodeToString(want[:]) || !bytes.Equal(got.Bytes(), data[:size]) {
				t.Errorf("%d bytes by %d: another hash or other bytes", size, buffer)
			}
		}
	}
	broken := newDigest(io.MultiReader(bytes.NewReader(data), iotest.ErrReader(io.ErrUnexpectedEOF)), blobs.Unknown)
	if n, err := io.Copy(io.Discard, broken); n != int64(len(data)) || err != io.ErrUnexpectedEOF {
		t.Errorf("%d bytes, %v", n, err)
	}
	broken.Close()
	broken.Close()
}

// late is a hash that comes to what is hashed beside when it is let.
type late struct {
	hash.Hash
	beside func() bool
	until  chan struct{}
}

// Write hashes.
func (l *late) Write(b []byte) (int, error) {
	if l.beside() {
		<-l.until
	}
	return l.Hash.Write(b)
}

// TestDigestPoured: a hash that is behind holds nothing up. It is that of all bytes
// unless it is behind by more than may wait for it, and then there is none.
func TestDigestPoured(t *testing.T) {
	t.Parallel()
	data := make([]byte, (digestBuffers+4)*digestBuffer+17)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(data)
	for _, size := range []int{0, 1, digestBuffer - 1, digestBuffer, digestAlone, digestAlone + 1, digestBuffers * digestBuffer, len(data)} {
		for _, said := range []int64{int64(size), blobs.Unknown} {
			for _, poured := range []bool{true, false} {
				var stored bytes.Buffer
				d := newDigest(iotest.HalfReader(bytes.NewReader(data[:size])), said)
				until := make(chan struct{})
				d.sum = &late{d.sum, func() bool { return d.done != nil }, until}
				pour := d.Pour
				if !poured {
					pour = func(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{d}) }
				}
				if n, err := pour(&stored); err != nil || n != int64(size) || !bytes.Equal(stored.Bytes(), data[:size]) {
					t.Errorf("%d bytes: %d others are stored, %v", size, n, err)
				}
				close(until)
				sum, want := d.SHA256(), fmt.Sprintf("%x", sha256.Sum256(data[:size]))
				if size == len(data) {
					want = ""
				}
				if sum != want {
					t.Errorf("%d bytes, poured %t: the hash is %q, want %q", size, poured, sum, want)
				}
			}
		}
	}
}

// BenchmarkUpload stores 256 MiB with and without their hash: out of memory, where
// the store alone is the limit; as they come over a connection from a client that is as
// fast as memory, and from one behind a network of 2.5 Gbit/s; and from one that sends as MLflow's client does (requests, which hands
// a file to http.client in blocks of 16 KiB). The two last share the machine with their
// client: what the hash costs is what it takes from that. told/op is the share of which
// the hash was not given up.
func BenchmarkUpload(b *testing.B) {
	data := make([]byte, 256<<20)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(data)
	for _, from := range []string{"memory", "http", "network", "python"} {
		for _, hashed := range []bool{false, true} {
			b.Run(fmt.Sprintf("from=%s/hashed=%t", from, hashed), func(b *testing.B) {
				store, err := disk.Open(b.TempDir(), rand.NewChaCha8([32]byte{}))
				if err != nil {
					b.Fatal(err)
				}
				told := 0
				put := func(r io.Reader) error {
					d := newDigest(r, int64(len(data)))
					d.off = !hashed
					defer d.Close()
					_, err := store.Put(b.Context(), "file", d, int64(len(data)))
					if d.SHA256() != "" {
						told++
					}
					return err
				}
				switch from {
				case "http":
					put = overHTTP(b, put)
				case "network":
					over := overHTTP(b, put)
					put = func(r io.Reader) error { return over(&paced{r, time.Now(), 0}) }
				case "python":
					put = fromPython(b, put, data)
				}
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					if err := put(io.MultiReader(bytes.NewReader(data))); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(told)/float64(b.N), "told/op")
			})
		}
	}
}

// server puts what it is sent.
func server(b *testing.B, put func(io.Reader) error) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := put(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	b.Cleanup(s.Close)
	return s
}

// overHTTP has what is put come over a connection of this machine.
func overHTTP(b *testing.B, put func(io.Reader) error) func(io.Reader) error {
	s := server(b, put)
	return func(r io.Reader) error {
		answer, err := s.Client().Post(s.URL, "application/octet-stream", r)
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			err = errors.New(answer.Status)
		}
		return errors.Join(err, answer.Body.Close())
	}
}

// paced gives bytes at 312.5 MB a second.
type paced struct {
	io.Reader
	began time.Time
	came  int
}

// Read reads on.
func (p *paced) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.came += n
	time.Sleep(time.Until(p.began.Add(time.Duration(p.came) * 16 / 5)))
	return n, err
}

// sender sends a file for each line that it reads.
const sender = `
import http.client, os, sys
connection = http.client.HTTPConnection(sys.argv[1], blocksize=16384)
for line in sys.stdin:
    with open(sys.argv[2], "rb") as f:
        connection.request("PUT", "/", body=f, headers={"Content-Length": str(os.path.getsize(sys.argv[2]))})
        answer = connection.getresponse()
        answer.read()
    print(answer.status, flush=True)
`

// fromPython has the bytes come from another program.
func fromPython(b *testing.B, put func(io.Reader) error, data []byte) func(io.Reader) error {
	python, err := exec.LookPath("python3")
	if err != nil {
		b.Skip(err)
	}
	file := filepath.Join(b.TempDir(), "file")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		b.Fatal(err)
	}
	command := exec.CommandContext(b.Context(), python, "-c", sender, strings.TrimPrefix(server(b, put).URL, "http://"), file)
	to, err1 := command.StdinPipe()
	from, err2 := command.StdoutPipe()
	if err := errors.Join(err1, err2, command.Start()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = errors.Join(to.Close(), command.Wait()) })
	return func(io.Reader) error {
		if _, err := io.WriteString(to, "once\n"); err != nil {
			return err
		}
		var status int
		if _, err := fmt.Fscan(from, &status); err != nil || status != http.StatusOK {
			return fmt.Errorf("status %d: %w", status, err)
		}
		return nil
	}
}
