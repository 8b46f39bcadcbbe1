package remote

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// resume stores a large file, and takes up what broke off, now or in a push before. It
// is tried again as often as more has come meanwhile. What another has begun under its
// name and is not its beginning is not gone on with: the remote says so and forgets it,
// and more than the file has is never asked for.
func (t *tacit) resume(ctx context.Context, id object.ID, r io.ReaderAt, size int64) error {
	for came := int64(0); ; {
		before := came
		err := t.retries.Do(ctx, func() error {
			at, err := t.next(ctx, id)
			if err != nil || at.There {
				return err
			}
			if at.Bytes > size {
				at.Bytes = 0
			}
			came = max(came, at.Bytes)
			return t.rest(ctx, id, r, at.Bytes, size)
		}, files.Always)
		if came == before || !fault.Is(err, fault.Unavailable) {
			return err
		}
	}
}

// begun is how much of an object is there.
type begun struct {
	Bytes int64
	There bool
}

func (t *tacit) next(ctx context.Context, id object.ID) (b begun, err error) {
	r, _, err := t.place.Open(ctx, questions+"/begun/"+id.String(), 0)
	if err != nil {
		return b, err
	}
	const longest = 4 << 10
	text, err := io.ReadAll(io.LimitReader(r, longest))
	if err = errors.Join(err, r.Close()); err != nil {
		return b, err
	}
	if err := json.Unmarshal(text, &b); err != nil || b.Bytes < 0 {
		return b, fault.New(fault.Unavailable, "The remote answers something else than how much of an object it has.")
	}
	return b, nil
}

// rest sends what is behind the first bytes. All of it is hashed, and the last bytes
// are sent when it is what its name says.
func (t *tacit) rest(ctx context.Context, id object.ID, r io.ReaderAt, from, size int64) error {
	all := judge(io.NewSectionReader(r, 0, size), id, object.Current, size)
	if _, err := io.CopyN(io.Discard, all, from); err != nil {
		return err
	}
	path := questions + "/begun/" + id.String() + "/" + strconv.FormatInt(from, 10)
	// The server reads what it has before it reads on.
	answer, err := t.place.Patient(size).Post(ctx, path, "application/octet-stream", all, size-from, nil)
	if err != nil {
		return err
	}
	return answer.Close()
}
