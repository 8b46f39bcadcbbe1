//go:build linux

// Package transfer proves that large artifacts pass through tacit without
// being held in memory or copied aside.
//
// TACIT_TEST_TRANSFER_MIB sets the size, 512 unless set.
package transfer

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3/s3test"
	"github.com/tacit-ml/tacit/test/program"
)

// most is how much resident memory the server may have at any time, beside the pages
// of its program: those are the system's copy of a file, which it takes back as it
// needs, and say nothing of what passes through.
const most = 60 << 20

// noise is a stream of size bytes that do not compress.
func noise(size int64) io.Reader {
	var seed [32]byte
	return io.LimitReader(rand.NewChaCha8(seed), size)
}

// resident reads a process's resident memory in bytes, without its program's pages.
func resident(t *testing.T, pid int) (sum int64) {
	t.Helper()
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return 0
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }()
	own := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 0:
		case !strings.HasSuffix(fields[0], ":"): // the head of a mapping
			own = len(fields) > 5 && fields[5] == program
		case fields[0] == "Rss:" && !own:
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Error(err)
			}
			sum += kib << 10
		}
	}
	return sum
}

func TestMemoryStaysSteady(t *testing.T) {
	size := int64(512 << 20)
	if text := os.Getenv("TACIT_TEST_TRANSFER_MIB"); text != "" {
		mib, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		size = mib << 20
	}
	s := program.New(t, program.Build(t))
	s.Start(t)
	there := pass(t, s, size)
	if there.memory > most {
		t.Errorf("the server had %d MiB resident beside its program, want at most %d", there.memory>>20, most>>20)
	}
	if there.file < size/2 {
		t.Errorf("the largest open file was seen with %d MiB: the test does not see the server's files", there.file>>20)
	}
	s.Stop(t)
}

// What is stored in S3 passes through: the server keeps no copy in a file, not
// even one without a name.
func TestNoCopyOnTheWayToS3(t *testing.T) {
	const size, small = 64 << 20, 16 << 20
	s := program.New(t, program.Build(t))
	s.Flags = []string{"--blobs", s3test.Bucket(t, s3test.Gateway(t), "transfer")}
	s.Env = []string{"TACIT_S3_ACCESS_KEY=" + s3test.AccessKey, "TACIT_S3_SECRET_KEY=" + s3test.SecretKey}
	s.Start(t)
	there := pass(t, s, size)
	if there.file > small {
		t.Errorf("the server had a file of %d MiB open, want none over %d", there.file>>20, small>>20)
	}
	if there.memory > most {
		t.Errorf("the server had %d MiB resident beside its program, want at most %d", there.memory>>20, most>>20)
	}
	s.Stop(t)
}

// held is the most that the server held at any time, in bytes.
type held struct{ memory, file int64 }

// pass sends a file of size bytes through the server and back.
func pass(t *testing.T, s *program.Server, size int64) held {
	t.Helper()
	var peak, file atomic.Int64
	done, looked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(looked)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				peak.Store(max(peak.Load(), resident(t, s.PID())))
				file.Store(max(file.Load(), largestOpen(s.PID())))
			}
		}
	}()
	url := s.URL() + "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/large.bin"
	sent := sha256.New()
	request, err := http.NewRequest(http.MethodPut, url, io.TeeReader(noise(size), sent))
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = size
	start := time.Now()
	exchange(t, request, io.Discard)
	up := time.Since(start)
	got := sha256.New()
	request, err = http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	exchange(t, request, got)
	down := time.Since(start)
	close(done)
	<-looked
	if sum(sent) != sum(got) {
		t.Error("what came back is not what was sent")
	}
	t.Logf("%d MiB: up %.0f MiB/s, down %.0f MiB/s, at most %d MiB resident beside the program", size>>20,
		float64(size>>20)/up.Seconds(), float64(size>>20)/down.Seconds(), peak.Load()>>20)
	return held{peak.Load(), file.Load()}
}

// largestOpen is the size of the largest file that a process has open, also
// when the file has no name any more.
func largestOpen(pid int) (size int64) {
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	open, _ := os.ReadDir(folder) // a process that ended has none
	for _, f := range open {
		if info, err := os.Stat(folder + "/" + f.Name()); err == nil && info.Mode().IsRegular() {
			size = max(size, info.Size())
		}
	}
	return size
}

func exchange(t *testing.T, request *http.Request, into io.Writer) {
	t.Helper()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(into, answer.Body); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %d", request.Method, answer.StatusCode)
	}
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
