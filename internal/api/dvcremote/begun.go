package dvcremote

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// piece is the rest of an object, from a byte on.
type piece struct {
	place
	id   object.ID
	from int64
}

func decodePiece(r *http.Request) (_ any, err error) {
	m := piece{place: place{remote: r.PathValue("name")}}
	if err := dataset.CheckName(m.remote); err != nil {
		return nil, err
	}
	if m.id, err = object.Parse(r.PathValue("object")); err != nil {
		return nil, err
	}
	if from := r.PathValue("from"); from != "" {
		if m.from, err = strconv.ParseInt(from, 10, 64); err != nil || m.from < 0 {
			return nil, fault.New(fault.Invalid, "%.40q is no number of bytes.", from)
		}
	}
	return m, nil
}

// begun answers how much of an object is there.
func (f face) begun(w http.ResponseWriter, r *http.Request, message any) error {
	m := message.(piece)
	b, err := f.remotes.Begun(r.Context(), m.remote, m.id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"bytes": b.Bytes, "there": b.There})
}

// resume takes the rest of an object.
func (f face) resume(w http.ResponseWriter, r *http.Request, message any) error {
	m := message.(piece)
	isNew, err := f.remotes.Resume(r.Context(), m.remote, m.id, m.from, r.Body)
	if err != nil {
		return err
	}
	return pushed(w, isNew)
}
