package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// pack makes a report small enough to keep.
func pack(r *Report) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if len(text) > mostReport {
		if text, err = json.Marshal(shortened(r)); err != nil {
			return nil, err
		}
	}
	return compressed(text)
}

func compressed(text []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll(text, nil), nil
}

// shortened is a report without members, and with what there is to say against at
// most as many artifacts as there is room for.
func shortened(r *Report) *Report {
	short := &Report{Summary: r.Summary, Artifacts: []Artifact{}}
	short.Summary.Shortened = true
	left := mostReport / 2
	for _, a := range r.Artifacts {
		a.Members, a.Coverage = nil, Coverage{}
		if len(a.Findings) == 0 && a.Status == "complete" {
			continue
		}
		a.Findings = a.Findings[:min(len(a.Findings), 100)]
		text, err := json.Marshal(a)
		if err != nil || len(text) > left {
			continue
		}
		left -= len(text)
		short.Artifacts = append(short.Artifacts, a)
	}
	return short
}

func unpack(kept []byte) (*Report, error) {
	report := &Report{}
	if err := expanded(kept, 2*mostReport, report); err != nil {
		return nil, fmt.Errorf("scan: a kept report: %w", err)
	}
	return report, nil
}

// expanded reads JSON that was kept compressed, of at most so many bytes.
func expanded(kept []byte, most int64, into any) error {
	r, err := zstd.NewReader(bytes.NewReader(kept), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(2*most)))
	if err != nil {
		return err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
