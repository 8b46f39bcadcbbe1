package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// HashKind is the job that reads back a file whose hash was not taken as it came:
	// it came in parts, or the processor had no time for it.
	HashKind = "artifact.hash"
	// HashTime bounds one attempt at it.
	HashTime = 6 * time.Hour
)

// hashTold is what a job of HashKind is told.
type hashTold struct {
	Path string `json:"path"`
}

// stored tells that a file was stored, and has it read back where its hash is not known.
func (s *Service) stored(ctx context.Context, f File) error {
	if f.SHA256 != "" || s.Jobs == nil || unhashed {
		return s.announce(ctx, fileStored(f))
	}
	args, err := json.Marshal(hashTold{f.Path})
	if err != nil {
		return err
	}
	return s.announce(ctx, fileStored(f), func(ctx context.Context, tx *rows.Tx) error {
		_, err := s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: HashKind, Workspace: caller.Workspace(ctx), Args: args, Unique: f.Path})
		return err
	})
}

// WorkHash hashes a file as it is now, as a job, and tells what it found. A file that is
// replaced meanwhile is left to who replaced it, and one that is gone to nobody.
func (s *Service) WorkHash(ctx context.Context, w jobs.Work) (err error) {
	defer fault.Wrap(&err, "artifact.WorkHash(%s)", w.Workspace)
	var told hashTold
	if err := json.Unmarshal(w.Args, &told); err != nil {
		return fault.Because(err, fault.Invalid, "The job does not say which file.")
	}
	key := space(ctx) + told.Path
	r, info, err := s.Blobs.Get(ctx, key, blobs.Range{})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	sum, err := hashed(ctx, r, func(done int64) error { return w.Progress(ctx, done, info.Size, "bytes hashed") })
	if err != nil {
		return err
	}
	now, err := s.Blobs.Stat(ctx, key)
	if fault.Is(err, fault.NotFound) || err == nil && now.ETag != info.ETag {
		return nil
	}
	if err != nil {
		return err
	}
	return s.announce(ctx, fileHashed(File{Path: told.Path, Size: info.Size, ETag: info.ETag, SHA256: sum}))
}

// hashed is the hash of all that r has, in hex, taken behind all else that the processor
// has to do. It closes r.
func hashed(ctx context.Context, r io.ReadCloser, progress func(done int64) error) (string, error) {
	type result struct {
		sum string
		err error
	}
	found := make(chan result, 1)
	go func() {
		giveWay()
		defer func() { _ = r.Close() }()
		sum, buffer := sha256.New(), make([]byte, digestBuffer)
		for done := int64(0); ; {
			n, err := readFull(r, buffer)
			sum.Write(buffer[:n])
			if err == io.EOF {
				found <- result{sum: hex.EncodeToString(sum.Sum(nil))}
				return
			}
			if err == nil {
				err = ctx.Err()
			}
			if done += int64(n); err == nil && done%(256<<20) == 0 {
				err = progress(done)
			}
			if err != nil {
				found <- result{err: err}
				return
			}
		}
	}()
	f := <-found
	return f.sum, f.err
}
