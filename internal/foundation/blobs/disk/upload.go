package disk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxParts is how many parts an upload may have, as in S3.
const maxParts = 10_000

var uploadName = regexp.MustCompile(`^[0-9a-f]{32}$`)

// CreateUpload begins an upload in parts. The key is kept in the upload, so
// that its parts cannot end up under another.
func (s *Store) CreateUpload(_ context.Context, key string) (_ string, err error) {
	defer fault.Wrap(&err, "disk.CreateUpload")
	if err := check(key); err != nil {
		return "", err
	}
	var random [16]byte
	if _, err := io.ReadFull(s.random, random[:]); err != nil {
		return "", err
	}
	upload := hex.EncodeToString(random[:])
	folder := uploads + "/" + upload
	err = s.root.Mkdir(folder, 0o700)
	if err == nil {
		err = s.root.WriteFile(folder+keyFile, []byte(key), 0o600)
	}
	if err != nil {
		_ = s.root.RemoveAll(folder)
		return "", explain(err)
	}
	return upload, nil
}

// folder is where the parts of an upload to key are.
func (s *Store) folder(key, upload string) (string, error) {
	if !uploadName.MatchString(upload) {
		return "", blobs.NoUpload(upload)
	}
	folder := uploads + "/" + upload
	kept, err := s.root.ReadFile(folder + keyFile)
	if err != nil || string(kept) != key {
		return "", blobs.NoUpload(upload)
	}
	return folder, nil
}

// What lies in an upload's folder beside its parts: the key it is to, and when it
// is complete the tag of what it made and the parts that it was made of.
const (
	keyFile  = "/key"
	doneFile = "/done"
)

// PutPart stores one part.
func (s *Store) PutPart(ctx context.Context, key, upload string, number int, r io.Reader, size int64) (_ blobs.Part, err error) {
	defer fault.Wrap(&err, "disk.PutPart(%d)", number)
	if number < 1 || number > maxParts {
		return blobs.Part{}, fault.New(fault.Invalid, "Part %d is not between 1 and %d.", number, maxParts)
	}
	folder, err := s.folder(key, upload)
	if err != nil {
		return blobs.Part{}, err
	}
	if _, err := s.root.Lstat(folder + doneFile); err == nil {
		return blobs.Part{}, blobs.NoUpload(upload)
	}
	name, err := s.receive(ctx, incoming, key, r, size)
	if err != nil {
		return blobs.Part{}, err
	}
	place := folder + "/" + strconv.Itoa(number)
	if err := s.root.Rename(name, place); err != nil {
		_ = s.root.Remove(name)
		return blobs.Part{}, explain(err)
	}
	info, err := s.root.Stat(place)
	if err != nil {
		return blobs.Part{}, err
	}
	return blobs.Part{Number: number, ETag: tag(info)}, nil
}

// CompleteUpload joins the parts through the disk, one buffer at a time. That it
// is complete is kept in its folder until it is swept. Calls for one upload take turns,
// so that all have one answer.
func (s *Store) CompleteUpload(ctx context.Context, key, upload string, parts []blobs.Part) (_ blobs.Info, err error) {
	defer fault.Wrap(&err, "disk.CompleteUpload")
	folder, err := s.folder(key, upload)
	if err != nil {
		return blobs.Info{}, err
	}
	if len(parts) == 0 {
		return blobs.Info{}, fault.New(fault.Invalid, "An upload is completed with at least one part.")
	}
	end, err := s.completing.Take(ctx, upload)
	if err != nil {
		return blobs.Info{}, err
	}
	defer end()
	if err := s.checkParts(folder, upload, parts); err != nil {
		return s.again(folder, key, parts, err)
	}
	joined := &joint{store: s, folder: folder, parts: parts}
	defer joined.close()
	name, err := s.receive(ctx, incoming, key, joined, blobs.Unknown)
	if err != nil {
		return s.again(folder, key, parts, err)
	}
	info, err := s.place(name, key)
	if err != nil {
		return info, err
	}
	return info, s.finish(folder, info, parts)
}

// again is what stands under key when the upload of these parts made it; else err.
func (s *Store) again(folder, key string, parts []blobs.Part, err error) (blobs.Info, error) {
	kept, readErr := s.root.ReadFile(folder + doneFile)
	if readErr != nil {
		return blobs.Info{}, err
	}
	stored, statErr := s.root.Lstat(key)
	if statErr != nil || string(kept) != madeOf(tag(stored), parts) {
		return blobs.Info{}, err
	}
	return about(key, stored), nil
}

// madeOf is what is kept of a completed upload.
func madeOf(made string, parts []blobs.Part) string {
	var b strings.Builder
	b.WriteString(made)
	for _, p := range parts {
		fmt.Fprintf(&b, "\n%d %s", p.Number, p.ETag)
	}
	return b.String()
}

// finish keeps that an upload is complete and takes its parts away.
func (s *Store) finish(folder string, made blobs.Info, parts []blobs.Part) error {
	if err := s.root.WriteFile(folder+doneFile, []byte(madeOf(made.ETag, parts)), 0o600); err != nil {
		return explain(err)
	}
	entries, err := fs.ReadDir(s.root.FS(), folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := "/" + e.Name(); name != keyFile && name != doneFile {
			err = errors.Join(err, s.root.RemoveAll(folder+name))
		}
	}
	return err
}

// checkParts refuses parts that were not uploaded, or are in another order.
func (s *Store) checkParts(folder, upload string, parts []blobs.Part) error {
	if _, err := s.root.Lstat(folder + doneFile); err == nil {
		return blobs.NoUpload(upload)
	}
	last := 0
	for _, p := range parts {
		if p.Number <= last {
			return fault.New(fault.Invalid, "The parts must be named in rising order; %d comes after %d.", p.Number, last)
		}
		last = p.Number
		info, err := s.root.Stat(folder + "/" + strconv.Itoa(p.Number))
		if err != nil || tag(info) != p.ETag {
			return fault.New(fault.Invalid, "Part %d was not uploaded with the tag %q.", p.Number, p.ETag)
		}
	}
	return nil
}

// AbortUpload forgets an upload.
func (s *Store) AbortUpload(_ context.Context, key, upload string) (err error) {
	defer fault.Wrap(&err, "disk.AbortUpload")
	folder, err := s.folder(key, upload)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return s.root.RemoveAll(folder)
}

// joint reads the parts of an upload one after the other.
type joint struct {
	store  *Store
	folder string
	parts  []blobs.Part
	open   *os.File
}

// Read reads from the first part that has bytes left.
func (j *joint) Read(b []byte) (int, error) {
	for {
		if j.open == nil {
			if len(j.parts) == 0 {
				return 0, io.EOF
			}
			file, err := j.store.root.Open(j.folder + "/" + strconv.Itoa(j.parts[0].Number))
			if err != nil {
				return 0, err
			}
			j.open, j.parts = file, j.parts[1:]
		}
		n, err := j.open.Read(b)
		if n > 0 || (err != nil && err != io.EOF) {
			return n, err
		}
		j.close()
	}
}

func (j *joint) close() {
	if j.open != nil {
		_ = j.open.Close()
		j.open = nil
	}
}
