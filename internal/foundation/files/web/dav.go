package web

import (
	"context"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Dav is a web server that speaks WebDAV: it makes folders, lists and takes away.
type Dav struct {
	*Place
	lock sync.Mutex
	made map[string]bool // folders that are there
}

var _ files.Place = (*Dav)(nil)

// OpenDav reads the configuration of a server that speaks WebDAV; it does not connect.
func OpenDav(c Config) (*Dav, error) {
	c.Method = http.MethodPut
	p, err := Open(c)
	return &Dav{Place: p, made: map[string]bool{}}, err
}

// Put makes the folders of a path, stores the file beside it, and moves it there: a
// server that stores as it reads may still do so when what broke off was taken away.
func (d *Dav) Put(ctx context.Context, name string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (err error) {
	defer fault.Wrap(&err, "web.Put(%s)", name)
	if err := d.folder(ctx, path.Dir(name)); err != nil {
		return err
	}
	var random [8]byte
	if _, err := io.ReadFull(d.Random, random[:]); err != nil {
		return err
	}
	beside := name + "." + hex.EncodeToString(random[:]) + ".tmp"
	if err = d.Place.Put(ctx, beside, r, size, again); err == nil {
		err = d.move(ctx, beside, name)
	}
	if err != nil && !fault.Is(err, fault.Denied) {
		_ = d.Remove(context.WithoutCancel(ctx), beside) // the reason is err
	}
	return err
}

// move puts a file in the place of another. Where an answer was lost and the move was
// done, the next try finds nothing to move.
func (d *Dav) move(ctx context.Context, from, to string) error {
	tries := 0
	return d.Retries.Do(ctx, func() error {
		r, err := d.request(ctx, "MOVE", from, nil)
		if err != nil {
			return err
		}
		there, err := d.request(ctx, "MOVE", to, nil)
		if err != nil {
			return err
		}
		r.Header.Set("Destination", there.URL.String())
		r.Header.Set("Overwrite", "T")
		tries++
		answer, err := d.do(r)
		if tries > 1 && fault.Is(err, fault.NotFound) {
			_, err = d.Stat(ctx, to)
			return err
		}
		if err != nil {
			return err
		}
		return answer.Body.Close()
	}, files.Always)
}

// folder makes a folder and those above it, the base too.
func (d *Dav) folder(ctx context.Context, name string) error {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.make(ctx, name)
}

func (d *Dav) make(ctx context.Context, name string) error {
	if d.made[name] {
		return nil
	}
	err := d.method(ctx, "MKCOL", name)
	if name == "." && (fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound)) {
		err = d.makeBase(ctx)
	}
	if (fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound)) && name != "." {
		if err = d.make(ctx, path.Dir(name)); err == nil {
			err = d.method(ctx, "MKCOL", name)
		}
	}
	if err == nil || fault.Is(err, fault.Unsupported) || fault.Is(err, fault.Exists) { // 405: it is there
		d.made[name] = true
		return nil
	}
	return err
}

// makeBase makes the folders that the base itself lies in, as far as that is allowed:
// the last one tells.
func (d *Dav) makeBase(ctx context.Context) (err error) {
	above, whole := *d.base, strings.Trim(d.base.Path, "/")
	for i := 0; i <= len(whole); i++ {
		if i < len(whole) && whole[i] != '/' {
			continue
		}
		above.Path = "/" + whole[:i]
		one := &Dav{Place: &Place{Config: d.Config, base: &above, client: d.client}}
		err = one.method(ctx, "MKCOL", ".")
	}
	return err
}

// method sends a request without a body.
func (d *Dav) method(ctx context.Context, method, name string) error {
	return d.Retries.Do(ctx, func() error {
		if name == "." {
			name = ""
		}
		r, err := d.request(ctx, method, name, nil)
		if err != nil {
			return err
		}
		answer, err := d.do(r)
		if err != nil {
			return err
		}
		return answer.Body.Close()
	}, files.Always)
}

// Remove takes files away, one by one.
func (d *Dav) Remove(ctx context.Context, names ...string) (err error) {
	defer fault.Wrap(&err, "web.Remove")
	for _, name := range names {
		if err := d.method(ctx, http.MethodDelete, name); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// Stat is that of the server; a folder is no file.
func (d *Dav) Stat(ctx context.Context, name string) (files.Info, error) {
	lines, err := d.find(ctx, name, "0")
	if err != nil {
		return files.Info{}, err
	}
	for _, l := range lines {
		if !l.folder {
			l.info.Path = name
			return l.info, nil
		}
	}
	return files.Info{}, fault.New(fault.NotFound, "There is no file %s at %s.", name, d.Address())
}

// Open reads a file; a folder is none, whatever the server shows for it.
func (d *Dav) Open(ctx context.Context, name string, from int64) (io.ReadCloser, files.Info, error) {
	r, info, err := d.Place.Open(ctx, name, from)
	if err == nil && info.ETag == "" && info.Size == files.Unknown || fault.Is(err, fault.Unsupported) {
		if _, missing := d.Stat(ctx, name); missing != nil {
			if r != nil {
				_ = r.Close()
			}
			return nil, files.Info{}, missing
		}
	}
	return r, info, err
}

// List asks folder by folder: servers need not answer for all that lies below one.
func (d *Dav) List(ctx context.Context, prefix string, each func(files.Info) error) (err error) {
	defer fault.Wrap(&err, "web.List(%s)", prefix)
	begin := path.Dir(prefix + "x")
	if begin == "." {
		begin = ""
	}
	for waiting := []string{begin}; len(waiting) > 0; {
		at := waiting[0]
		waiting = waiting[1:]
		lines, err := d.find(ctx, at, "1")
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		for _, l := range lines {
			below := l.info.Path != at && strings.HasPrefix(l.info.Path, at)
			switch {
			case !below:
			case l.folder && (strings.HasPrefix(l.info.Path+"/", prefix) || strings.HasPrefix(prefix, l.info.Path+"/")):
				waiting = append(waiting, l.info.Path)
			case !l.folder && strings.HasPrefix(l.info.Path, prefix):
				if err := each(l.info); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// line is one file or folder of an answer.
type line struct {
	info   files.Info
	folder bool
}

// maxAnswer bounds an answer of XML, in bytes: of some hundred thousand files.
const maxAnswer = 128 << 20

// find asks what a path is, and with depth "1" what lies in it.
func (d *Dav) find(ctx context.Context, name, depth string) (lines []line, err error) {
	const body = `<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>`
	err = d.Retries.Do(ctx, func() error {
		r, err := d.request(ctx, "PROPFIND", name, strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Depth", depth)
		r.Header.Set("Content-Type", "application/xml")
		answer, err := d.do(r)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }() // it was read
		lines, err = d.parse(io.LimitReader(answer.Body, maxAnswer))
		return err
	}, files.Always)
	return lines, err
}

func (d *Dav) parse(r io.Reader) (lines []line, err error) {
	var answer struct {
		Response []struct {
			Href     string `xml:"DAV: href"`
			Propstat []struct {
				Status string `xml:"DAV: status"`
				Prop   struct {
					Collection *struct{} `xml:"DAV: resourcetype>collection"`
					Length     string    `xml:"DAV: getcontentlength"`
					Modified   string    `xml:"DAV: getlastmodified"`
					ETag       string    `xml:"DAV: getetag"`
				} `xml:"DAV: prop"`
			} `xml:"DAV: propstat"`
		} `xml:"DAV: response"`
	}
	if err := xml.NewDecoder(r).Decode(&answer); err != nil {
		return nil, fault.Because(err, fault.Unavailable, "%s answers something else than WebDAV does.", d.Address())
	}
	for _, one := range answer.Response {
		u, err := url.Parse(one.Href)
		if err != nil {
			return nil, fault.Because(err, fault.Unavailable, "%s lists what is no address.", d.Address())
		}
		base := strings.TrimSuffix(d.base.Path, "/") + "/"
		l := line{info: files.Info{Path: strings.Trim(strings.TrimPrefix(u.Path+"/", base), "/"), Size: files.Unknown}}
		for _, p := range one.Propstat {
			if !strings.Contains(p.Status, " 200 ") && p.Status != "" {
				continue
			}
			l.folder = l.folder || p.Prop.Collection != nil
			if n, bad := strconv.ParseInt(p.Prop.Length, 10, 64); bad == nil {
				l.info.Size = n
			}
			if at, bad := http.ParseTime(p.Prop.Modified); bad == nil {
				l.info.Modified = at
			}
			l.info.ETag = strings.Trim(p.Prop.ETag, `"`)
		}
		lines = append(lines, l)
	}
	return lines, nil
}
