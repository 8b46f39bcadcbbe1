package folder

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// maxSocketPath is what the kernel takes as a socket's path (104 on macOS).
const maxSocketPath = 103

// Listen opens the folder's socket, for its owner alone. It gives nil, without
// an error, where the path is too long for a socket: commands then cannot tell that a server is there.
func (f *Folder) Listen() (net.Listener, error) {
	path := f.Join("tacit.sock")
	if len(path) > maxSocketPath {
		return nil, nil
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("folder %s: an old socket: %w", f.path, err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("folder %s: %w", f.path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("folder %s: %w", f.path, err)
	}
	return listener, nil
}

// Client speaks HTTP to the server that uses the folder at path, whatever host
// is asked; timeout bounds a request, 0 does not.
func Client(path string, timeout time.Duration) *http.Client {
	socket := filepath.Join(path, "tacit.sock")
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: timeout}
}

// answerTime is how long a server that takes the connection may take to answer:
// one that is busy is not one that is gone, where nobody takes it.
const answerTime = 15 * time.Second

// Answers reports whether a server uses the folder at path and is healthy.
func Answers(ctx context.Context, path string) bool {
	client := Client(path, 0)
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://tacit/health", nil)
	if err != nil {
		return false
	}
	answer, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
