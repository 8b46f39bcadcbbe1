package files

import (
	"context"
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Steady reads a file by open, which opens it from a place on, and takes it up where
// it broke: a reader that fails, or ends before the size that was told, is opened
// anew behind what was read. A file that changed meanwhile is fault.Conflict.
func Steady(ctx context.Context, retries Retries, from int64, open func(ctx context.Context, from int64) (io.ReadCloser, Info, error)) (io.ReadCloser, Info, error) {
	s := &steady{ctx: ctx, retries: retries, open: open, at: from}
	err := retries.Do(ctx, s.begin, Always)
	if err != nil {
		return nil, Info{}, err
	}
	return s, s.info, nil
}

type steady struct {
	ctx     context.Context //nolint:containedctx // of the one file that is read
	retries Retries
	open    func(ctx context.Context, from int64) (io.ReadCloser, Info, error)
	at      int64
	began   bool
	info    Info
	body    io.ReadCloser
	broke   int // in a row, without a byte between
}

func (s *steady) begin() error {
	body, info, err := s.open(s.ctx, s.at)
	if err != nil {
		return err
	}
	if s.began && (info.ETag != s.info.ETag || info.Size != s.info.Size) {
		_ = body.Close()
		return fault.New(fault.Conflict, "%s changed while it was read.", s.info.Path)
	}
	s.began, s.info, s.body = true, info, body
	return nil
}

// Read reads on, over what breaks.
func (s *steady) Read(b []byte) (int, error) {
	for {
		n, err := s.body.Read(b)
		s.at += int64(n)
		if n > 0 {
			s.broke = 0
			if errors.Is(err, io.EOF) && s.whole() {
				return n, io.EOF
			}
			return n, nil // what broke shows itself at the next read
		}
		if err == nil || errors.Is(err, io.EOF) && s.whole() {
			return 0, err
		}
		if err := s.resume(err); err != nil {
			return 0, err
		}
	}
}

func (s *steady) whole() bool { return s.info.Size == Unknown || s.at >= s.info.Size }

// resume opens the file anew behind what was read.
func (s *steady) resume(err error) error {
	if cause := context.Cause(s.ctx); cause != nil {
		return cause
	}
	if s.broke++; s.broke >= max(s.retries.Attempts, 2) && s.broke >= usualAttempts {
		return fault.Because(err, fault.Unavailable, "%s broke off again and again.", s.info.Path)
	}
	_ = s.body.Close()
	if s.info.Size == Unknown { // nobody knows what is missing
		return fault.Because(err, fault.Unavailable, "%s broke off.", s.info.Path)
	}
	return s.retries.Do(s.ctx, s.begin, Always)
}

// Close lets go of the file.
func (s *steady) Close() error { return s.body.Close() }
