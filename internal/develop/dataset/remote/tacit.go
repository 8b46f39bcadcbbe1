package remote

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/inspection"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/web"
)

// asked is a place that answers questions beside keeping files: a web server.
type asked interface {
	files.Place
	Patient(bytes int64) *web.Place
	Post(ctx context.Context, path, kind string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (io.ReadCloser, error)
}

// tacit is a remote that tacit keeps, with what it offers.
type tacit struct {
	place     asked
	most      int  // objects in one question
	places    int  // registrations in one message, 0 where it takes none
	begun     int  // from how many bytes on an object can be taken up, 0 where none can
	inspected bool // it takes what an inspection found
	retries   files.Retries
}

// questions is where tacit answers them, below a remote.
const questions = ".tacit"

// findTacit asks a web server whether it is tacit, nil where it is not. Credentials that
// are refused are told at once.
func findTacit(ctx context.Context, place asked, retries files.Retries) (*tacit, error) {
	r, _, err := place.Open(ctx, questions, 0)
	switch {
	case fault.Is(err, fault.Denied), fault.Is(err, fault.Unavailable), err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, nil // it knows no such file, as it should
	}
	const longest = 4 << 10
	text, err := io.ReadAll(io.LimitReader(r, longest))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, nil //nolint:nilerr // it is another server's answer
	}
	var offered struct {
		Tacit, Lacks, Places, Begun int
		Inspection                  bool
	}
	if json.Unmarshal(text, &offered) != nil || offered.Tacit != 1 || offered.Lacks < 1 {
		return nil, nil
	}
	return &tacit{place, offered.Lacks, offered.Places, offered.Begun, offered.Inspection, retries}, nil
}

// post asks with bytes that can be sent again.
func (t *tacit) post(ctx context.Context, path, kind string, body []byte) (io.ReadCloser, error) {
	again := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return t.place.Post(ctx, questions+"/"+path, kind, bytes.NewReader(body), int64(len(body)), again)
}

// names are ids, a line each.
func names(ids []object.ID) []byte {
	b := make([]byte, 0, len(ids)*(2*16+1))
	for _, id := range ids {
		b = append(id.Append(b), '\n')
	}
	return b
}

const asText = "text/plain; charset=us-ascii"

// lacks asks which of the objects are not there.
func (t *tacit) lacks(ctx context.Context, ids []object.ID) (missing []object.ID, err error) {
	for len(ids) > 0 {
		n := min(len(ids), t.most)
		var some []object.ID
		err := t.retries.Do(ctx, func() error { // an answer may break off
			answer, err := t.post(ctx, "lacks", asText, names(ids[:n]))
			if err != nil {
				return err
			}
			some, err = readNames(answer)
			return errors.Join(err, answer.Close())
		}, files.Always)
		if err != nil {
			return nil, err
		}
		missing, ids = append(missing, some...), ids[n:]
	}
	return missing, nil
}

func readNames(r io.Reader) (ids []object.ID, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		id, err := object.Parse(lines.Text())
		if err != nil {
			return nil, fault.Because(err, fault.Unavailable, "The remote answers something else than names of objects.")
		}
		ids = append(ids, id)
	}
	return ids, lines.Err()
}

// Registers says whether places of versions are told to it.
func (r *Remote) Registers() bool { return r.kept != nil && r.kept.places > 0 }

// Register tells where a repository has versions that are in the remote, and gives how
// many of these places were not known there. fault.Unsupported where it takes none.
func (r *Remote) Register(ctx context.Context, all []registration.Registration) (n int, err error) {
	defer fault.Wrap(&err, "remote.Register(%s)", r.name)
	if !r.Registers() {
		return 0, fault.WithHint(fault.New(fault.Unsupported, "The remote '%s' at %s is none that tacit keeps: only there is it known where data are.", r.name, r.Address()),
			"add one that is: tacit data remote add NAME http://HOST:5000/dvc/NAME")
	}
	for some := range slices.Chunk(all, r.kept.places) {
		text, err := json.Marshal(some)
		if err != nil {
			return n, err
		}
		var told struct{ Registered int }
		err = r.kept.retries.Do(ctx, func() error {
			answer, err := r.kept.post(ctx, "places", "application/json", text)
			if err != nil {
				return err
			}
			const longest = 4 << 10
			err = json.NewDecoder(io.LimitReader(answer, longest)).Decode(&told)
			return errors.Join(err, answer.Close())
		}, files.Always)
		if err != nil {
			return n, err
		}
		n += told.Registered
	}
	return n, nil
}

// TellInspection tells what an inspection of the remote found, where it takes that: one
// that tacit keeps, to which something was pushed.
func (r *Remote) TellInspection(ctx context.Context, o inspection.Outcome) (err error) {
	defer fault.Wrap(&err, "remote.TellInspection(%s)", r.name)
	if r.kept == nil || !r.kept.inspected {
		return nil
	}
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	answer, err := r.kept.post(ctx, "inspection", "application/json", text)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return answer.Close()
}
