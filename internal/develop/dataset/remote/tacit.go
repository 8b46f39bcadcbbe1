package remote

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// asked is a place that answers questions beside keeping files: a web server.
type asked interface {
	files.Place
	Post(ctx context.Context, path, kind string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (io.ReadCloser, error)
}

// tacit is a remote that tacit keeps, with what it offers.
type tacit struct {
	place   asked
	most    int // objects in one question
	retries files.Retries
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
	var offered struct{ Tacit, Lacks int }
	if json.Unmarshal(text, &offered) != nil || offered.Tacit != 1 || offered.Lacks < 1 {
		return nil, nil
	}
	return &tacit{place, offered.Lacks, retries}, nil
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
