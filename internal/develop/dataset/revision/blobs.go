package revision

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Blob is a file as a commit has it.
type Blob struct {
	Path string // from the working copy's root
	Hash string
	Link bool // a symbolic link: its content is where it leads
}

// Tree are the files of a commit below a folder, "" for all, in git's order.
func (g *Git) Tree(ctx context.Context, commit, folder string) ([]Blob, error) {
	args := []string{"ls-tree", "-r", "-z", "--full-tree", commit}
	if folder != "" {
		args = append(args, "--", folder+"/")
	}
	out, err := g.run(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	var all []Blob
	for _, line := range split(out) {
		what, path, _ := strings.Cut(line, "\t")
		fields := strings.Fields(what)
		if len(fields) != 3 || fields[1] != "blob" {
			continue // a submodule
		}
		all = append(all, Blob{Path: path, Hash: fields[2], Link: fields[0] == "120000"})
	}
	return all, nil
}

// Reader gives the content of blobs, one after the other.
type Reader struct {
	process *exec.Cmd
	ask     io.WriteCloser
	answer  *bufio.Reader
}

// Reader starts the process that reads blobs. It must be closed.
func (g *Git) Reader(ctx context.Context) (*Reader, error) {
	c := g.command(ctx, "cat-file", "--batch")
	ask, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	answer, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	return &Reader{c, ask, bufio.NewReaderSize(answer, 64<<10)}, nil
}

// Read gives the content of a blob of at most limit bytes; a larger one is fault.Limit.
func (r *Reader) Read(hash string, limit int64) ([]byte, error) {
	if _, err := io.WriteString(r.ask, hash+"\n"); err != nil {
		return nil, err
	}
	head, err := r.answer.ReadString('\n')
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(head)
	if len(fields) != 3 {
		return nil, fault.New(fault.NotFound, "git has no object %s.", hash)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("git cat-file answers %q", head)
	}
	if size > limit {
		_, err := io.CopyN(io.Discard, r.answer, size+1)
		return nil, errors.Join(err, fault.New(fault.Limit, "The object %s of git has %d bytes; at most %d are read.", hash, size, limit))
	}
	content := make([]byte, size+1) // and the line's end behind it
	if _, err := io.ReadFull(r.answer, content); err != nil {
		return nil, err
	}
	return content[:size], nil
}

// Close ends the process.
func (r *Reader) Close() error { return errors.Join(r.ask.Close(), r.process.Wait()) }
