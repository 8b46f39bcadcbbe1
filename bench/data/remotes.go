//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// s3User is the name and the secret of the server of S3.
const s3User = "bench-access"

// remotes is what is sent to others and brought from them: from the working copies that
// small left with copies.
func (b *bench) remotes() error {
	for _, p := range b.programs() {
		fmt.Fprintf(os.Stderr, "data: %s, remotes\n", p.name)
		c := &copyOf{bench: b, program: p, root: filepath.Join(b.folder, "small-copy", p.name, "r")}
		if err := c.toFolder(); err != nil {
			return err
		}
		if p.name != "dvc" {
			t, err := c.toTacit(0)
			if err != nil {
				return err
			}
			c.add(toBucket, "tacit", t, 20)
			c.bound(toBucket, bound{"of its own", 5 * time.Second, 1})
			continue
		}
		if err := c.toServers(); err != nil {
			return err
		}
		if err := c.toS3(); err != nil {
			return err
		}
	}
	return nil
}

// remote sets the one remote of the copy.
func (c *copyOf) remote(url string) error {
	return c.set("remote", "add", "-f", "-d", "r", url)
}

func (c *copyOf) toFolder() error {
	if err := c.remote(filepath.Join(filepath.Dir(c.root), "remote")); err != nil {
		return err
	}
	push, fetch := []string{"push", "-q"}, []string{"fetch", "-q"}
	if err := c.steps(stepOf{"push to a folder", 4, false, push}, stepOf{"push to a folder, nothing to do", 10, true, push}); err != nil {
		return err
	}
	if err := c.away(".dvc/cache"); err != nil {
		return err
	}
	return c.steps(stepOf{"fetch from a folder", 4, false, fetch}, stepOf{"fetch from a folder, nothing to do", 10, true, fetch})
}

// toServers pushes to new servers of tacit's and to plain ones in turns: what was pushed
// before makes a disk neither slower nor faster for one of them.
func (c *copyOf) toServers() error {
	var sum [2]took
	for turn, plain := range []int{0, 1, 1, 0} {
		push := []func(int) (took, error){c.toTacit, c.toFileServer}[plain]
		t, err := push(turn)
		if err != nil {
			return err
		}
		sum[plain].wall += t.wall / 2
	}
	// The remote that tacit is stands in tacit's column.
	c.add(toServer, "tacit", sum[0], 1)
	c.add(toServer, "dvc", sum[1], 1)
	return nil
}

// toTacit pushes to a new server of tacit's.
func (c *copyOf) toTacit(turn int) (t took, err error) {
	folder := filepath.Join(c.folder, fmt.Sprintf("server-%s-%d", c.name, turn))
	server := exec.CommandContext(c.ctx, c.tacit.path, "up", "--dir", folder, "--listen", "127.0.0.1:0", "--log", "error")
	out, err := server.StdoutPipe()
	if err != nil {
		return t, err
	}
	if err := server.Start(); err != nil {
		return t, err
	}
	defer func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	}()
	var pages string
	for word := ""; pages == ""; {
		if _, err := fmt.Fscan(out, &word); err != nil {
			return t, fmt.Errorf("tacit up: %w", err)
		}
		if word == "pages" {
			if _, err := fmt.Fscan(out, &pages); err != nil {
				return t, err
			}
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if err := c.remote(pages + "/dvc/bench"); err != nil {
		return t, err
	}
	return c.run("push", "-q")
}

const (
	toBucket = "push to S3 by dvc, to tacit by tacit"
	toServer = "push by dvc to a file server, to tacit"
)

// toFileServer pushes to a server that keeps what it is sent as files, and no more.
func (c *copyOf) toFileServer(turn int) (t took, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return t, err
	}
	server := &http.Server{Handler: fileServer(filepath.Join(c.folder, fmt.Sprint("files-", turn))), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	if err := c.remote("http://" + listener.Addr().String() + "/bench"); err != nil {
		return t, err
	}
	return c.run("push", "-q")
}

// fileServer keeps what it is sent below a folder.
func fileServer(folder string) http.Handler {
	files := http.FileServer(http.Dir(folder))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost && r.Method != http.MethodPut {
			files.ServeHTTP(w, r)
			return
		}
		at := filepath.Join(folder, filepath.Clean("/"+r.URL.Path))
		if err := keep(at, r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}

func keep(at string, r io.Reader) (err error) {
	if err := os.MkdirAll(filepath.Dir(at), 0o750); err != nil {
		return err
	}
	f, err := os.Create(at)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// toS3 pushes to a bucket.
func (c *copyOf) toS3() error {
	if c.s3 == "" {
		return nil
	}
	folder := filepath.Join(c.folder, "buckets")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return err
	}
	server := exec.CommandContext(c.ctx, c.s3, "--port", address, "--quiet", "posix", folder)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s3User, "ROOT_SECRET_KEY="+s3User)
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	}()
	if err := reached(c.ctx, address); err != nil {
		return err
	}
	client, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(s3User, s3User, ""), BucketLookup: minio.BucketLookupPath, Region: "us-east-1"})
	if err != nil {
		return err
	}
	if err := client.MakeBucket(c.ctx, "bench", minio.MakeBucketOptions{}); err != nil {
		return err
	}
	if err := c.remote("s3://bench/data"); err != nil {
		return err
	}
	if err := c.set("remote", "modify", "r", "endpointurl", "http://"+address); err != nil {
		return err
	}
	t, err := c.run("push", "-q")
	if err == nil {
		c.add(toBucket, "dvc", t, 20)
	}
	return err
}

// reached waits until a server takes connections.
func reached(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return connection.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no server at %s: %w", address, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
