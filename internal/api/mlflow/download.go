package mlflow

import (
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// send answers with the file at p, or the parts of it that the request asks
// for. It goes out as an attachment: a browser must not show what a run stored
// as a page of this host.
func (f *face) send(w http.ResponseWriter, r *http.Request, p string) error {
	open := func(offset int64) (io.ReadCloser, blobs.Info, error) {
		return f.Artifacts.Open(r.Context(), p, blobs.Range{Offset: offset})
	}
	body, info, err := open(0)
	if err != nil {
		return err
	}
	content := &content{open: open, info: info, body: body}
	defer func() { _ = content.Close() }()
	h := w.Header()
	name := path.Base(p)
	h.Set("Content-Type", typeOf(name))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", strconv.Quote(info.ETag))
	asked := r.Header.Get("Range")
	if asked != "" {
		r.Header.Set("Range", rangeOf(asked, info.Size))
	}
	answer := &ranged{ResponseWriter: w}
	http.ServeContent(answer, r, "", info.Modified, content)
	if answer.refused {
		h.Del("Content-Disposition")
		err := fault.New(fault.Invalid, "The file has %d bytes: nothing of it lies in the range %s.", info.Size, asked)
		return &coded{error: err, status: http.StatusRequestedRangeNotSatisfiable, code: InvalidParameterValue}
	}
	return nil
}

// ranged passes an answer on, except a 416, which net/http writes as plain text.
type ranged struct {
	http.ResponseWriter
	refused bool
}

// WriteHeader keeps a refusal back.
func (a *ranged) WriteHeader(status int) {
	if a.refused = status == http.StatusRequestedRangeNotSatisfiable; !a.refused {
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write drops the text of a refusal.
func (a *ranged) Write(b []byte) (int, error) {
	if a.refused {
		return len(b), nil
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *ranged) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// content is a file that is opened again where it is read at another place.
type content struct {
	open   func(offset int64) (io.ReadCloser, blobs.Info, error)
	info   blobs.Info
	body   io.ReadCloser // nil when it must be opened at wanted
	at     int64         // where body stands
	wanted int64         // where the next read is to begin
}

// Seek says where the next read begins.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.wanted
	case io.SeekEnd:
		offset += c.info.Size
	}
	if offset < 0 {
		return c.wanted, fault.New(fault.Invalid, "The range begins before the file.")
	}
	c.wanted = offset
	return offset, nil
}

// Read reads on from where Seek left. A file that was replaced meanwhile is an
// error: parts of two files are no file.
func (c *content) Read(b []byte) (int, error) {
	if c.wanted >= c.info.Size {
		return 0, io.EOF
	}
	if c.body == nil || c.at != c.wanted {
		_ = c.Close()
		body, info, err := c.open(c.wanted)
		if err != nil {
			return 0, err
		}
		c.body, c.at = body, c.wanted
		if info.ETag != c.info.ETag {
			return 0, fault.New(fault.Conflict, "The file was replaced while it was read.")
		}
	}
	n, err := c.body.Read(b)
	c.at += int64(n)
	c.wanted = c.at
	return n, err
}

// Close lets go of the file.
func (c *content) Close() error {
	if c.body == nil {
		return nil
	}
	err := c.body.Close()
	c.body = nil
	return err
}

// typeOf guesses the media type of a file by its name: what people write is
// text, also what has a type of its own.
func typeOf(name string) string {
	extension := strings.TrimPrefix(path.Ext(name), ".")
	if extension == "" {
		extension = name
	}
	switch extension {
	case "txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml", "xml",
		"json", "js", "py", "py3", "csv", "tsv", "md", "rst", "ipynb", "MLmodel", "MLproject":
		return "text/plain; charset=utf-8"
	case "html", "htm":
		return "text/html; charset=utf-8"
	case "css":
		return "text/css; charset=utf-8"
	case "png", "gif", "jpeg", "webp", "bmp", "tiff", "avif":
		return "image/" + extension
	case "jpg":
		return "image/jpeg"
	case "svg":
		return "image/svg+xml"
	case "mp4", "webm", "mpeg":
		return "video/" + extension
	case "wav":
		return "audio/x-wav"
	case "mp3":
		return "audio/mpeg"
	case "pdf", "zip":
		return "application/" + extension
	case "tar":
		return "application/x-tar"
	}
	return "application/octet-stream"
}
