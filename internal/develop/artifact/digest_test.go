package artifact

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/iotest"

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
			d := newDigest(bytes.NewReader(data[:size]))
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
	broken := newDigest(io.MultiReader(bytes.NewReader(data), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if n, err := io.Copy(io.Discard, broken); n != int64(len(data)) || err != io.ErrUnexpectedEOF {
		t.Errorf("%d bytes, %v", n, err)
	}
	broken.Close()
	broken.Close()
}

// BenchmarkUpload stores 256 MiB with and without their hash: out of memory, where
// the store alone is the limit, and as they come over a connection.
func BenchmarkUpload(b *testing.B) {
	data := make([]byte, 256<<20)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(data)
	for _, from := range []string{"memory", "http"} {
		for _, hashed := range []bool{false, true} {
			b.Run(fmt.Sprintf("from=%s/hashed=%t", from, hashed), func(b *testing.B) {
				store, err := disk.Open(b.TempDir(), rand.NewChaCha8([32]byte{}))
				if err != nil {
					b.Fatal(err)
				}
				put := func(r io.Reader) error {
					if hashed {
						d := newDigest(r)
						defer d.Close()
						r = d
					}
					_, err := store.Put(b.Context(), "file", r, int64(len(data)))
					return err
				}
				if from == "http" {
					put = overHTTP(b, put)
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

// overHTTP has what is put come over a connection of this machine.
func overHTTP(b *testing.B, put func(io.Reader) error) func(io.Reader) error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := put(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	b.Cleanup(server.Close)
	return func(r io.Reader) error {
		answer, err := server.Client().Post(server.URL, "application/octet-stream", r)
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			err = errors.New(answer.Status)
		}
		return errors.Join(err, answer.Body.Close())
	}
}
