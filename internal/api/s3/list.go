package s3

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxKeys is how many keys and folders an answer lists.
const maxKeys = 1000

// listed is one key of a list.
type listed struct {
	Key          string
	LastModified string
	ETag         string
	Size         int64
	StorageClass string
}

type folder struct{ Prefix string }

// listing is the answer of both kinds of lists.
type listing struct {
	XMLName               string `xml:"ListBucketResult"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	Marker                *string
	NextMarker            string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	KeyCount              *int
	MaxKeys               int
	IsTruncated           bool
	Contents              []listed
	CommonPrefixes        []folder
}

// list answers what is asked of a bucket.
func (f face) list(w http.ResponseWriter, r *http.Request, m *asked) error {
	query := r.URL.Query()
	for _, part := range []string{"versioning", "policy", "acl", "versions", "uploads", "lifecycle", "tagging"} {
		if query.Has(part) {
			return fault.New(fault.Unsupported, "There is no %s of buckets here.", part)
		}
	}
	if query.Has("location") {
		return respond(w, http.StatusOK, struct {
			XMLName string `xml:"LocationConstraint"`
		}{})
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	a := &listing{Name: m.bucket, Prefix: query.Get("prefix"), Delimiter: query.Get("delimiter"), EncodingType: query.Get("encoding-type"), MaxKeys: maxKeys}
	if text := query.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fault.New(fault.Invalid, "max-keys is no number.")
		}
		a.MaxKeys = min(n, maxKeys)
	}
	from, err := a.begin(query)
	if err != nil {
		return err
	}
	next, err := f.fill(r.Context(), a, m.bucket, from)
	if err != nil {
		return err
	}
	a.end(query, next)
	return respond(w, http.StatusOK, a)
}

// begin is the first key that may be listed.
func (a *listing) begin(query url.Values) (from string, err error) {
	if query.Get("list-type") != "2" {
		marker := query.Get("marker")
		a.Marker = &marker
		return a.after(marker), nil
	}
	a.StartAfter, a.ContinuationToken = query.Get("start-after"), query.Get("continuation-token")
	if a.ContinuationToken == "" {
		return a.after(a.StartAfter), nil
	}
	text, err := base64.RawURLEncoding.DecodeString(a.ContinuationToken)
	if err != nil {
		return "", fault.New(fault.Invalid, "continuation-token is none of this list.")
	}
	return string(text), nil
}

// after is the first key behind another, and behind all of a folder where it is the
// name of one: that was listed as a whole.
func (a *listing) after(key string) string {
	switch {
	case key == "":
		return ""
	case a.Delimiter != "" && strings.HasSuffix(key, a.Delimiter):
		return behind(key)
	}
	return key + "\x01"
}

// fill lists keys and folders, and gives the key that the next answer begins with.
func (f face) fill(ctx context.Context, a *listing, bucket, from string) (next string, err error) {
	for n := 0; a.MaxKeys > 0; {
		some, err := f.remotes.List(ctx, bucket, a.Prefix, from, a.MaxKeys-n+1)
		if err != nil {
			return "", err
		}
		again := false
		for _, s := range some {
			if n == a.MaxKeys {
				return s.Path, nil
			}
			n++
			name, within := a.folderOf(s.Path)
			if !within {
				a.Contents = append(a.Contents, listed{s.Path, date(s.Pushed), strconv.Quote(s.ETag), s.Size, "STANDARD"})
				continue
			}
			a.CommonPrefixes = append(a.CommonPrefixes, folder{name})
			from, again = behind(name), true // all that begins with it is that one line
			break
		}
		if !again {
			break
		}
	}
	return "", nil
}

// folderOf is the folder that a key is listed as.
func (a *listing) folderOf(key string) (string, bool) {
	if a.Delimiter == "" {
		return "", false
	}
	at := strings.Index(key[len(a.Prefix):], a.Delimiter)
	if at < 0 {
		return "", false
	}
	return key[:len(a.Prefix)+at+len(a.Delimiter)], true
}

// behind is behind all keys that begin with a folder's name.
func behind(name string) string { return name + "\U0010ffff" }

// end says where the next answer begins, and spells keys as they were asked for.
func (a *listing) end(query url.Values, next string) {
	a.IsTruncated = next != ""
	if query.Get("list-type") == "2" {
		count := len(a.Contents) + len(a.CommonPrefixes)
		a.KeyCount = &count
		if next != "" {
			a.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(next))
		}
	} else if next != "" {
		a.NextMarker = a.last()
	}
	if a.EncodingType != "url" {
		return
	}
	spell := func(texts ...*string) {
		for _, t := range texts {
			*t = strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(*t), "+", "%20"), "%2F", "/")
		}
	}
	spell(&a.Prefix, &a.Delimiter, &a.StartAfter, &a.NextMarker)
	for i := range a.Contents {
		spell(&a.Contents[i].Key)
	}
	for i := range a.CommonPrefixes {
		spell(&a.CommonPrefixes[i].Prefix)
	}
}

// last is the last line of the list.
func (a *listing) last() (last string) {
	if n := len(a.Contents); n > 0 {
		last = a.Contents[n-1].Key
	}
	if n := len(a.CommonPrefixes); n > 0 {
		last = max(last, a.CommonPrefixes[n-1].Prefix)
	}
	return last
}

var _ Remotes = (*dataset.Service)(nil)
