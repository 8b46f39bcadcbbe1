package s3

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func noUpload(err error) error {
	if fault.Is(err, fault.NotFound) {
		return &refusal{err, "NoSuchUpload"}
	}
	return err
}

// putPart stores a part of an upload.
func (f face) putPart(w http.ResponseWriter, r *http.Request, m *asked) error {
	query := r.URL.Query()
	number, err := strconv.Atoi(query.Get("partNumber"))
	if err != nil {
		return fault.New(fault.Invalid, "partNumber is no number.")
	}
	p, err := f.remotes.PutPart(r.Context(), m.bucket, m.key, query.Get("uploadId"), number, m.body, m.size)
	if err != nil {
		return noUpload(err)
	}
	w.Header().Set("ETag", strconv.Quote(p.ETag))
	w.WriteHeader(http.StatusOK)
	return nil
}

// uploads begins an upload in parts, or ends it.
func (f face) uploads(w http.ResponseWriter, r *http.Request, m *asked) error {
	query := r.URL.Query()
	switch {
	case query.Has("uploads"):
		upload, err := f.remotes.CreateUpload(r.Context(), m.bucket, m.key)
		if err != nil {
			return err
		}
		return respond(w, http.StatusOK, struct {
			XMLName               string `xml:"InitiateMultipartUploadResult"`
			Bucket, Key, UploadId string //nolint:revive,stylecheck // as the protocol spells it
		}{Bucket: m.bucket, Key: m.key, UploadId: upload})
	case query.Has("uploadId"):
		if err := unconditional(r); err != nil {
			return err
		}
		return f.complete(w, r, m, query.Get("uploadId"))
	}
	return fault.New(fault.Unsupported, "Nothing of that kind is done with an object here.")
}

func (f face) complete(w http.ResponseWriter, r *http.Request, m *asked, upload string) error {
	var message struct {
		Part []struct {
			PartNumber int
			ETag       string
		}
	}
	if err := read(m, &message); err != nil {
		return err
	}
	var parts []blobs.Part
	for _, p := range message.Part {
		parts = append(parts, blobs.Part{Number: p.PartNumber, ETag: strings.Trim(p.ETag, `"`)})
	}
	s, err := f.remotes.CompleteUpload(r.Context(), m.bucket, m.key, upload, parts)
	if err != nil {
		return noUpload(err)
	}
	return respond(w, http.StatusOK, struct {
		XMLName           string `xml:"CompleteMultipartUploadResult"`
		Bucket, Key, ETag string
	}{Bucket: m.bucket, Key: m.key, ETag: strconv.Quote(s.ETag)})
}
