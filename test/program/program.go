// Package program builds tacit and runs it as a process, for the tests that
// need the real thing: signals, memory, restarts.
package program

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/freeport"
)

// patience is how long a server may take to start or to end; no test measures it.
const patience = time.Minute

// Build compiles the program into the test's folder.
func Build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "tacit")
	out, err := exec.Command("go", "build", "-o", binary, "github.com/tacit-ml/tacit/cmd/tacit").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// Server is one tacit over one folder, which may be started again and again.
type Server struct {
	Binary, Folder, Address string
	Flags                   []string // more flags of tacit up
	Env                     []string // more variables, NAME=VALUE
	process                 *exec.Cmd
	ended                   chan struct{} // closed when the process has ended
	log                     *journal
}

// journal is what a process writes, readable while it does.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to it.
func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// String is all of it.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// New gives a server on a free port over a folder of the test; it is not
// started. What still runs at the end of the test is killed.
func New(t *testing.T, binary string) *Server {
	t.Helper()
	s := &Server{Binary: binary, Folder: filepath.Join(t.TempDir(), "folder"), Address: freeport.Address(t)}
	t.Cleanup(func() {
		if s.process != nil {
			_ = s.process.Process.Kill()
			<-s.ended
		}
	})
	return s
}

// URL is the server's address.
func (s *Server) URL() string { return "http://" + s.Address }

// PID is the process.
func (s *Server) PID() int { return s.process.Process.Pid }

// Log is what the server wrote to standard error since its start.
func (s *Server) Log() string { return s.log.String() }

// Start starts the server and waits until it is healthy.
func (s *Server) Start(t *testing.T) {
	t.Helper()
	s.log = &journal{}
	s.process = exec.Command(s.Binary, append([]string{"up", "--dir", s.Folder, "--listen", s.Address, "--log", "warn"}, s.Flags...)...)
	s.process.Stderr = s.log
	s.process.Env = append(os.Environ(), s.Env...)
	process, ended := s.process, make(chan struct{})
	if err := process.Start(); err != nil {
		s.process = nil
		t.Fatal(err)
	}
	s.ended = ended
	go func() {
		defer close(ended)
		_ = process.Wait()
	}()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		answer, err := http.Get(s.URL() + "/health")
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ended:
			t.Fatalf("the server ended at its start: %v\n%s", process.ProcessState, s.log)
		default:
		}
	}
	t.Fatalf("the server did not come up:\n%s", s.log)
}

// Signal sends a signal.
func (s *Server) Signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// Kill is kill -9.
func (s *Server) Kill(t *testing.T) {
	t.Helper()
	s.Signal(t, syscall.SIGKILL)
	<-s.ended
}

// Stop ends the server as an operator does, and expects exit 0.
func (s *Server) Stop(t *testing.T) {
	t.Helper()
	s.Signal(t, syscall.SIGTERM)
	s.MustEnd(t)
}

// MustEnd waits for the end of a server that was told to stop, and expects
// exit 0.
func (s *Server) MustEnd(t *testing.T) {
	t.Helper()
	select {
	case <-s.ended:
		if state := s.process.ProcessState; !state.Success() {
			t.Errorf("after SIGTERM: %v\n%s", state, s.log)
		}
	case <-time.After(patience):
		_ = s.process.Process.Kill()
		t.Errorf("SIGTERM did not stop the server\n%s", s.log)
	}
}
