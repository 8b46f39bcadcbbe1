package s3

import (
	"bufio"
	"bytes"
	"crypto/md5" //nolint:gosec // what the protocol has
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// payload is the body of a request without what wraps it, judged by what its head says of
// it, and its size. Signatures of single chunks are not checked: objects are judged by
// their names.
func payload(r *http.Request) (io.Reader, int64, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return http.NoBody, 0, nil
	}
	body, size := io.Reader(r.Body), r.ContentLength
	said := r.Header.Get("X-Amz-Content-Sha256")
	if strings.HasPrefix(said, "STREAMING-") || strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		body, size = &chunked{in: bufio.NewReaderSize(r.Body, 64<<10)}, blobs.Unknown
		if n, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64); err == nil && n >= 0 {
			size = n
		}
	} else if want, err := hex.DecodeString(said); err == nil && len(want) == sha256.Size {
		body = &judged{body, sha256.New(), want, "XAmzContentSHA256Mismatch"}
	}
	if tag := r.Header.Get("Content-Md5"); tag != "" {
		want, err := base64.StdEncoding.DecodeString(tag)
		if err != nil || len(want) != md5.Size {
			return nil, 0, &refusal{fault.New(fault.Invalid, "Content-MD5 is none."), "InvalidDigest"}
		}
		body = &judged{body, md5.New(), want, "BadDigest"} //nolint:gosec // as above
	}
	return body, size, nil
}

// judged fails at the end of a body that is not what its head says.
type judged struct {
	r    io.Reader
	sum  hash.Hash
	want []byte
	code string
}

// Read reads on.
func (j *judged) Read(b []byte) (int, error) {
	n, err := j.r.Read(b)
	j.sum.Write(b[:n])
	if errors.Is(err, io.EOF) && !bytes.Equal(j.sum.Sum(nil), j.want) {
		err = &refusal{fault.New(fault.Invalid, "The body of the request is not what its head says."), j.code}
	}
	return n, err
}

// chunked takes the chunks of aws-chunked apart: a line with a size in hexadecimal digits
// and perhaps a signature, the bytes, and an empty line; the last one is empty and has
// trailers behind it.
type chunked struct {
	in   *bufio.Reader
	left int64
	rest bool // a chunk was read whose empty line was not
	err  error
}

// Read reads on.
func (c *chunked) Read(b []byte) (int, error) {
	for c.left == 0 && c.err == nil {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.in.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads up to the bytes of the next chunk; io.EOF behind the last.
func (c *chunked) next() error {
	if c.rest {
		if line, err := c.line(); err != nil || line != "" {
			return errors.Join(badChunk(), err)
		}
	}
	line, err := c.line()
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	n, err := strconv.ParseInt(size, 16, 64)
	if err != nil || n < 0 || len(size) > 15 {
		return badChunk()
	}
	c.left, c.rest = n, true
	if n > 0 {
		return nil
	}
	for line != "" { // trailers
		if line, err = c.line(); errors.Is(err, io.ErrUnexpectedEOF) {
			break // some clients end without the empty line
		} else if err != nil {
			return err
		}
	}
	return io.EOF
}

func (c *chunked) line() (string, error) {
	line, err := c.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", badChunk()
	case errors.Is(err, io.EOF):
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

func badChunk() error {
	return &refusal{fault.New(fault.Invalid, "The chunks of the body cannot be read."), "InvalidRequest"}
}
