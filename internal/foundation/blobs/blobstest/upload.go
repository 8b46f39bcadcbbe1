package blobstest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func upload(t *testing.T, s blobs.Store) {
	ctx := context.Background()
	id, err := s.CreateUpload(ctx, "big/file")
	if err != nil {
		t.Fatal(err)
	}
	first, second := bytes.Repeat([]byte("a"), 5<<20), []byte("the end")
	var parts []blobs.Part
	for number, content := range map[int][]byte{2: second, 1: first} {
		if number == 2 { // a part may be sent again
			if _, err := s.PutPart(ctx, "big/file", id, 2, strings.NewReader("wrong"), 5); err != nil {
				t.Fatal(err)
			}
		}
		p, err := s.PutPart(ctx, "big/file", id, number, bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b blobs.Part) int { return a.Number - b.Number })
	if _, err := s.Stat(ctx, "big/file"); !fault.Is(err, fault.NotFound) {
		t.Errorf("before completion: got %v, want not found", err)
	}
	info, err := completedAtOnce(t, s, id, parts)
	if err != nil || info.Size != int64(len(first)+len(second)) {
		t.Fatalf("complete: got %+v, %v", info, err)
	}
	if got := get(t, s, "big/file", blobs.Range{Offset: 5<<20 - 1}); string(got) != "athe end" {
		t.Errorf("the seam: got %q", got)
	}
	completedAgain(t, s, id, info, parts)
	if entries := names2(t, s); !slices.Equal(entries, []string{"big/file"}) {
		t.Errorf("after completion: %v", entries)
	}
}

// completedAtOnce completes the upload that makes big/file by several calls at once, as a
// client does that did not wait for the answer: all have the same.
func completedAtOnce(t *testing.T, s blobs.Store, id string, parts []blobs.Part) (blobs.Info, error) {
	t.Helper()
	const calls = 8
	var infos [calls]blobs.Info
	var errs [calls]error
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() { infos[i], errs[i] = s.CompleteUpload(context.Background(), "big/file", id, parts) })
	}
	all.Wait()
	for i := range calls {
		if errs[i] != nil || infos[i].ETag != infos[0].ETag || infos[i].Size != infos[0].Size {
			t.Errorf("complete, call %d of some at once: %+v, %v; the first %+v", i, infos[i], errs[i], infos[0])
		}
	}
	return infos[0], errs[0]
}

// completedAgain completes the upload that made big/file once more, as a client
// does that missed the answer.
func completedAgain(t *testing.T, s blobs.Store, id string, made blobs.Info, parts []blobs.Part) {
	t.Helper()
	ctx := context.Background()
	for range 2 {
		if info, err := s.CompleteUpload(ctx, "big/file", id, parts); err != nil || info.ETag != made.ETag || info.Size != made.Size {
			t.Errorf("complete once more: got %+v, %v; want %+v", info, err, made)
		}
	}
	if _, err := s.CompleteUpload(ctx, "big/other", id, parts); !fault.Is(err, fault.NotFound) {
		t.Errorf("complete once more to another key: got %v, want not found", err)
	}
	if _, err := s.PutPart(ctx, "big/file", id, 1, strings.NewReader("x"), 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a part after completion: got %v, want not found", err)
	}
	put(t, s, "big/file", []byte("another"))
	if _, err := s.CompleteUpload(ctx, "big/file", id, parts); err != nil && !fault.Is(err, fault.NotFound) { // some servers of S3 answer as before
		t.Errorf("complete once more over other bytes: got %v, want not found", err)
	}
	if got := get(t, s, "big/file", blobs.Range{}); string(got) != "another" {
		t.Errorf("the other bytes are %q", got)
	}
}

func names2(t *testing.T, s blobs.Store) []string {
	t.Helper()
	entries, err := s.List(context.Background(), blobs.List{Deep: true})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Key)
	}
	return all
}

func uploadRefusals(t *testing.T, s blobs.Store) {
	ctx := context.Background()
	id, err := s.CreateUpload(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CompleteUpload(ctx, "k", id, []blobs.Part{{Number: 1, ETag: "none"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a part that is not there: got %v, want invalid", err)
	}
	if _, err := s.CompleteUpload(ctx, "k", id, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("no parts: got %v, want invalid", err)
	}
	if _, err := s.PutPart(ctx, "k", id, 0, strings.NewReader("x"), 1); !fault.Is(err, fault.Invalid) {
		t.Errorf("part 0: got %v, want invalid", err)
	}
	if _, err := s.PutPart(ctx, "k", "0123456789abcdef0123456789abcdef", 1, strings.NewReader("x"), 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("part of an unknown upload: got %v, want not found", err)
	}
	for range 2 {
		if err := s.AbortUpload(ctx, "k", id); err != nil {
			t.Errorf("abort: %v", err)
		}
	}
	if _, err := s.PutPart(ctx, "k", id, 1, strings.NewReader("x"), 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("part after abort: got %v, want not found", err)
	}
}

// sweep forgets an upload that nobody goes on with, and nothing else.
func sweep(t *testing.T, s blobs.Store) {
	ctx := context.Background()
	put(t, s, "kept", []byte("kept"))
	id, err := s.CreateUpload(ctx, "deep/k")
	if err != nil {
		t.Fatal(err)
	}
	part := func() error {
		_, err := s.PutPart(ctx, "deep/k", id, 1, strings.NewReader("part"), 4)
		return err
	}
	if n, err := s.Sweep(ctx, time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("swept %d, %v, want nothing of the last hour", n, err)
	}
	if err := part(); err != nil {
		t.Errorf("a part after the sweep that left the upload: %v", err)
	}
	for _, want := range []int{1, 0} {
		if n, err := s.Sweep(ctx, time.Now().Add(time.Hour)); n != want || err != nil {
			t.Errorf("swept %d, %v, want %d", n, err, want)
		}
	}
	if err := part(); !fault.Is(err, fault.NotFound) {
		t.Errorf("a part of the swept upload: got %v, want not found", err)
	}
	if got := get(t, s, "kept", blobs.Range{}); string(got) != "kept" {
		t.Errorf("stored bytes after a sweep: %q", got)
	}
}
