package dvcremote

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/inspection"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pack"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxAsked is of how many objects is asked in one request.
const maxAsked = 100_000

// offered is what a client of tacit's own asks before it asks for more.
type offered struct {
	Tacit  int `json:"tacit"` // the version of what is spoken here
	Lacks  int `json:"lacks"` // of how many objects is asked at once
	Pack   int `json:"pack"`  // how many objects a pack has at most
	Bytes  int `json:"pack_bytes"`
	Object int `json:"pack_object_bytes"`
	Places int `json:"places"` // how many places of versions are told at once
	Begun  int `json:"begun"`  // from how many bytes on an object is pushed so that it can be taken up
	// Inspection says that what an inspection found is taken.
	Inspection bool `json:"inspection"`
}

func (f face) offer(w http.ResponseWriter, _ *http.Request, _ any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(offered{1, maxAsked, pack.MaxObjects, pack.MaxBytes, pack.MaxObject, registration.Most, dataset.WorthResuming, true})
}

// lacks answers with those of the objects, a line each, that are not there.
func (f face) lacks(w http.ResponseWriter, r *http.Request, message any) error {
	ids, err := asked(r, maxAsked)
	if err != nil {
		return err
	}
	lacks, err := f.remotes.Lacks(r.Context(), message.(place).remote, ids)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=us-ascii")
	out := bufio.NewWriter(w)
	line := make([]byte, 0, 64)
	for _, id := range lacks {
		line = append(id.Append(line[:0]), '\n')
		if _, err := out.Write(line); err != nil {
			return nil //nolint:nilerr // a client that went away is no failure
		}
	}
	_ = out.Flush() // nor here
	return nil
}

// asked reads names of objects, a line each.
func asked(r *http.Request, most int) ([]object.ID, error) {
	const longest = 2*16 + len(object.Suffix) + 1
	lines := bufio.NewScanner(io.LimitReader(r.Body, int64(most)*int64(longest)+1))
	lines.Buffer(make([]byte, 4<<10), 4<<10)
	var all []object.ID
	for lines.Scan() {
		id, err := object.Parse(lines.Text())
		if err != nil {
			return nil, err
		}
		if all = append(all, id); len(all) > most {
			return nil, fault.New(fault.Limit, "A request asks for at most %d objects.", most)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Because(err, fault.Invalid, "The names of objects cannot be read.")
	}
	return all, nil
}

func (f face) pushPack(w http.ResponseWriter, r *http.Request, message any) error {
	n, err := f.remotes.PushPack(r.Context(), message.(place).remote, r.Body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]int{"objects": n})
}

// maxPlaces bounds the message that tells places, in bytes.
const maxPlaces = 8 << 20

// register notes where a repository has versions.
func (f face) register(w http.ResponseWriter, r *http.Request, message any) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxPlaces+1))
	if err != nil {
		return fault.Because(err, fault.Invalid, "The places of versions cannot be read.")
	}
	if len(text) > maxPlaces {
		return fault.New(fault.Limit, "The places of versions are more than %d bytes.", maxPlaces)
	}
	var all []registration.Registration
	if err := json.Unmarshal(text, &all); err != nil {
		return fault.Because(err, fault.Invalid, "The places of versions are no list in JSON.")
	}
	n, err := f.remotes.Register(r.Context(), message.(place).remote, all)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]int{"registered": n})
}

// maxOutcome bounds the message that tells what an inspection found, in bytes.
const maxOutcome = 4 << 10

// inspected notes what a repository's inspection of the remote found.
func (f face) inspected(w http.ResponseWriter, r *http.Request, message any) error {
	var o inspection.Outcome
	if err := json.NewDecoder(io.LimitReader(r.Body, maxOutcome)).Decode(&o); err != nil {
		return fault.Because(err, fault.Invalid, "What an inspection found is no object in JSON.")
	}
	if err := f.remotes.NoteInspection(r.Context(), message.(place).remote, o); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// sendPack answers with those of the objects that are there and fit into a pack.
func (f face) sendPack(w http.ResponseWriter, r *http.Request, message any) error {
	ids, err := asked(r, pack.MaxObjects)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	return f.remotes.SendPack(r.Context(), message.(place).remote, ids, w)
}
