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

// late is a hash that comes to what is hashed beside when all is written.
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

// TestDigestPoured: a hash that is behind holds nothing up where the file can be read
// again, and is that of all bytes; where it cannot be read, nobody is told one.
func TestDigestPoured(t *testing.T) {
	t.Parallel()
	data := make([]byte, 20*digestBuffer+17)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(data)
	pour := func(size int, said int64, mode int) (string, error) {
		file, err := os.OpenFile(filepath.Join(t.TempDir(), "file"), mode|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		d := newDigest(iotest.HalfReader(bytes.NewReader(data[:size])), said)
		until := make(chan struct{})
		d.sum = &late{d.sum, func() bool { return d.busy != nil }, until}
		n, err := d.Pour(file)
		close(until)
		settled := d.Settle()
		if err := errors.Join(err, file.Close()); err != nil || n != int64(size) {
			t.Fatalf("%d of %d bytes, %v", n, size, err)
		}
		stored, err := os.ReadFile(file.Name())
		if err != nil || !bytes.Equal(stored, data[:size]) {
			t.Errorf("%d bytes: others are stored, %v", size, err)
		}
		return d.SHA256(), settled
	}
	for _, size := range []int{0, 1, digestBuffer - 1, digestBuffer, digestAlone, digestAlone + 1, len(data)} {
		want := sha256.Sum256(data[:size])
		for _, said := range []int64{int64(size), blobs.Unknown} {
			if sum, err := pour(size, said, os.O_RDWR); err != nil || sum != hex.EncodeToString(want[:]) {
				t.Errorf("%d bytes: the hash %q, %v", size, sum, err)
			}
		}
	}
	if sum, err := pour(len(data), blobs.Unknown, os.O_WRONLY); err == nil || sum != "" {
		t.Errorf("a file that cannot be read again has the hash %q, %v", sum, err)
	}
}

// BenchmarkUpload stores 256 MiB with and without their hash: out of memory, where
// the store alone is the limit; as they come over a connection from a client that is as
// fast as memory; and from one that sends as MLflow's client does (requests, which hands
// a file to http.client in blocks of 16 KiB). The two last share the machine with their
// client: what the hash costs is what it takes from that.
func BenchmarkUpload(b *testing.B) {
	data := make([]byte, 256<<20)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(data)
	for _, from := range []string{"memory", "http", "python"} {
		for _, hashed := range []bool{false, true} {
			b.Run(fmt.Sprintf("from=%s/hashed=%t", from, hashed), func(b *testing.B) {
				store, err := disk.Open(b.TempDir(), rand.NewChaCha8([32]byte{}))
				if err != nil {
					b.Fatal(err)
				}
				put := func(r io.Reader) error {
					d := newDigest(r, int64(len(data)))
					d.off = !hashed
					defer d.Close()
					_, err := store.Put(b.Context(), "file", d, int64(len(data)))
					return err
				}
				switch from {
				case "http":
					put = overHTTP(b, put)
				case "python":
					put = fromPython(b, put, data)
				}
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					if err := put(io.MultiReader(bytes.NewReader(data))); err != nil {
						b.Fatal(err)
					}
				}
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
