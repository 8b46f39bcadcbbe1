package azure

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/store"
)

// request makes one for a file, or for the container where the path is "".
func (p *Place) request(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Request, error) {
	u := *p.base
	if path != "" {
		if err := store.CheckKey(p.Address(), path); err != nil {
			return nil, err
		}
		escaped := p.base.EscapedPath() + "/" + escape(p.Prefix+path)
		u.Path, u.RawPath = p.base.Path+"/"+p.Prefix+path, escaped
	}
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "%q cannot be asked for.", path)
	}
	return r, nil
}

// escape is a path as part of an address: slashes stay.
func escape(path string) string { return strings.ReplaceAll(url.PathEscape(path), "%2F", "/") }

func ofVersion(version string) url.Values {
	if version == "" {
		return url.Values{}
	}
	return url.Values{"versionid": {version}}
}

func told(path string, answer *http.Response) files.Info {
	info := store.Told(path, answer)
	info.Version = answer.Header.Get("x-ms-version-id")
	sum := answer.Header.Get("Content-MD5")
	if answer.StatusCode == http.StatusPartialContent { // there it is that of the range
		sum = answer.Header.Get("x-ms-blob-content-md5")
	}
	info.MD5 = md5(sum)
	return info
}

func md5(text string) []byte {
	if sum, err := base64.StdEncoding.DecodeString(text); err == nil && len(sum) == 16 {
		return sum
	}
	return nil
}

// Open reads a file; what broke is taken up by a range.
func (p *Place) Open(ctx context.Context, path string, from int64) (io.ReadCloser, files.Info, error) {
	return p.OpenVersion(ctx, path, "", from)
}

// OpenVersion reads a version of a file.
func (p *Place) OpenVersion(ctx context.Context, path, version string, from int64) (_ io.ReadCloser, _ files.Info, err error) {
	defer fault.Wrap(&err, "azure.Open(%s)", path)
	return files.Steady(ctx, p.Retries, from, func(ctx context.Context, from int64) (io.ReadCloser, files.Info, error) {
		r, err := p.request(ctx, http.MethodGet, path, ofVersion(version), nil)
		if err != nil {
			return nil, files.Info{}, err
		}
		if from > 0 {
			r.Header.Set("x-ms-range", fmt.Sprintf("bytes=%d-", from))
		}
		answer, err := p.client.Do(r, path)
		if err != nil {
			return nil, files.Info{}, err
		}
		return answer.Body, told(path, answer), nil
	})
}

// Stat tells of a file.
func (p *Place) Stat(ctx context.Context, path string) (files.Info, error) {
	return p.StatVersion(ctx, path, "")
}

// StatVersion tells of a version of a file.
func (p *Place) StatVersion(ctx context.Context, path, version string) (info files.Info, err error) {
	defer fault.Wrap(&err, "azure.Stat(%s)", path)
	err = p.Retries.Do(ctx, func() error {
		r, err := p.request(ctx, http.MethodHead, path, ofVersion(version), nil)
		if err != nil {
			return err
		}
		answer, err := p.client.Do(r, path)
		if err != nil {
			return err
		}
		info = told(path, answer)
		return answer.Body.Close()
	}, files.Always)
	return info, err
}

// Put stores a file, a large one in blocks.
func (p *Place) Put(ctx context.Context, path string, r io.Reader, size int64, again func() (io.ReadCloser, error)) error {
	_, err := p.Write(ctx, path, r, size, again)
	return err
}

// Write stores a file, and tells of it.
func (p *Place) Write(ctx context.Context, path string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (info files.Info, err error) {
	defer fault.Wrap(&err, "azure.Put(%s)", path)
	if err := store.CheckKey(p.Address(), path); err != nil {
		return info, err
	}
	return store.Put(ctx, p.Retries, store.Upload{
		Whole: func(ctx context.Context, r io.Reader, size int64) (files.Info, error) {
			return p.send(ctx, path, nil, r, size, http.Header{"X-Ms-Blob-Type": {"BlockBlob"}, "Content-Type": {"application/octet-stream"}})
		},
		Begin: func(context.Context) (store.Blocks, error) { return &blocks{place: p, path: path}, nil },
	}, r, size, again)
}

// send sends bytes to a file.
func (p *Place) send(ctx context.Context, path string, query url.Values, body io.Reader, size int64, header http.Header) (files.Info, error) {
	r, err := p.request(ctx, http.MethodPut, path, query, body)
	if err != nil {
		return files.Info{}, err
	}
	if r.ContentLength = size; size == 0 {
		r.Body = http.NoBody
	}
	for name, values := range header {
		r.Header[name] = values
	}
	answer, err := p.client.Do(r, path)
	if err != nil {
		return files.Info{}, err
	}
	info := told(path, answer)
	info.Size, info.MD5 = size, nil // of a block it would be the block's
	return info, answer.Body.Close()
}

// blocks is a file that goes in blocks: those that are sent, in their order.
type blocks struct {
	place *Place
	path  string
	ids   []string
	size  int64
}

// Block stores one. Its name is its number: what is sent again takes its place.
func (b *blocks) Block(ctx context.Context, from int64, content []byte, _ bool) error {
	id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%016x", from))
	_, err := b.place.send(ctx, b.path, url.Values{"comp": {"block"}, "blockid": {id}}, bytes.NewReader(content), int64(len(content)), nil)
	if err == nil {
		b.ids, b.size = append(b.ids, id), from+int64(len(content))
	}
	return err
}

// End makes a file of them.
func (b *blocks) End(ctx context.Context) (files.Info, error) {
	list, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"BlockList"`
		Latest  []string
	}{Latest: b.ids})
	if err != nil {
		return files.Info{}, err
	}
	info, err := b.place.send(ctx, b.path, url.Values{"comp": {"blocklist"}}, bytes.NewReader(list), int64(len(list)), http.Header{"X-Ms-Blob-Content-Type": {"application/octet-stream"}, "Content-Type": {"application/xml"}})
	info.Size = b.size
	return info, err
}

// Remove takes files away.
func (p *Place) Remove(ctx context.Context, paths ...string) (err error) {
	defer fault.Wrap(&err, "azure.Remove")
	return store.Remove(ctx, paths, func(ctx context.Context, path string) error {
		return p.Retries.Do(ctx, func() error {
			r, err := p.request(ctx, http.MethodDelete, path, nil, nil)
			if err != nil {
				return err
			}
			answer, err := p.client.Do(r, path)
			if err != nil {
				return err
			}
			return answer.Body.Close()
		}, files.Always)
	})
}

// List gives the files whose path begins with prefix.
func (p *Place) List(ctx context.Context, prefix string, each func(files.Info) error) (err error) {
	defer fault.Wrap(&err, "azure.List(%s)", prefix)
	query := url.Values{"restype": {"container"}, "comp": {"list"}, "prefix": {p.Prefix + prefix}, "include": {"metadata"}}
	for marker := ""; ; {
		if query.Del("marker"); marker != "" {
			query.Set("marker", marker)
		}
		var one page
		if err := p.Retries.Do(ctx, func() (err error) { one, err = p.page(ctx, query); return err }, files.Always); err != nil {
			return err
		}
		for _, b := range one.Blobs {
			if b.folder() {
				continue
			}
			if err := each(b.info(p.Prefix)); err != nil {
				return err
			}
		}
		if marker = one.Next; marker == "" {
			return nil
		}
	}
}

// page is a part of a listing.
type page struct {
	Blobs []listed `xml:"Blobs>Blob"`
	Next  string   `xml:"NextMarker"`
}

// listed is a blob of a listing.
type listed struct {
	Name struct {
		Encoded bool   `xml:"Encoded,attr"` // as part of an address: XML does not hold every character
		Text    string `xml:",chardata"`
	}
	Modified string `xml:"Properties>Last-Modified"`
	Tag      string `xml:"Properties>Etag"`
	Size     int64  `xml:"Properties>Content-Length"`
	MD5      string `xml:"Properties>Content-MD5"`
	Type     string `xml:"Properties>ResourceType"`
	Metadata struct {
		Folder string `xml:"hdi_isfolder"`
		Hdi    string `xml:"Hdi_isfolder"`
	}
}

// folder says whether a blob stands for a folder: accounts with folders have such.
func (l *listed) folder() bool {
	return l.Type == "directory" || l.Metadata.Folder == "true" || l.Metadata.Hdi == "true" || strings.HasSuffix(l.name(), "/")
}

func (l *listed) name() string {
	if l.Name.Encoded {
		if name, err := url.PathUnescape(l.Name.Text); err == nil {
			return name
		}
	}
	return l.Name.Text
}

func (l *listed) info(prefix string) files.Info {
	info := files.Info{Path: strings.TrimPrefix(l.name(), prefix), Size: l.Size, ETag: store.Unquoted(l.Tag), MD5: md5(l.MD5)}
	if at, err := http.ParseTime(l.Modified); err == nil {
		info.Modified = at
	}
	return info
}

// maxPage bounds a part of a listing, in bytes: of 5,000 blobs.
const maxPage = 64 << 20

func (p *Place) page(ctx context.Context, query url.Values) (one page, err error) {
	r, err := p.request(ctx, http.MethodGet, "", query, nil)
	if err != nil {
		return one, err
	}
	answer, err := p.client.Do(r, "container")
	if err != nil {
		return one, err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	if err := xml.NewDecoder(io.LimitReader(answer.Body, maxPage)).Decode(&one); err != nil {
		var known *fault.Error
		if errors.As(err, &known) {
			return one, err
		}
		return one, fault.Because(err, fault.Unavailable, "%s answers something else than a listing.", p.Address())
	}
	return one, nil
}
