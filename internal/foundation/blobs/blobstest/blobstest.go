// Package blobstest is the suite that every store of bytes passes.
package blobstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Run runs the suite; open gives an empty store.
func Run(t *testing.T, open func(t *testing.T) blobs.Store) {
	for name, test := range map[string]func(*testing.T, blobs.Store){
		"put and get": putAndGet, "ranges": ranges, "sizes": sizes, "replace": replace, "keys": keys,
		"delete": deletes, "list": list, "pages": pages, "upload": upload, "upload refusals": uploadRefusals,
		"broken stream": brokenStream, "memory": memory, "sweep": sweep, "check": check,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func put(t *testing.T, s blobs.Store, key string, content []byte) blobs.Info {
	t.Helper()
	info, err := s.Put(context.Background(), key, bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return info
}

func get(t *testing.T, s blobs.Store, key string, part blobs.Range) []byte {
	t.Helper()
	body, _, err := s.Get(context.Background(), key, part)
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	if err := body.Close(); err != nil {
		t.Fatalf("close %s: %v", key, err)
	}
	return content
}

func putAndGet(t *testing.T, s blobs.Store) {
	ctx := context.Background()
	for key, content := range map[string][]byte{
		"a": []byte("one"), "deep/er/file.bin": {0, 255, 10, 13}, "empty": {}, "Ünïcode/ñame with space+%25&=#.txt": []byte("x"),
	} {
		info := put(t, s, key, content)
		if info.Key != key || info.Size != int64(len(content)) || info.ETag == "" || info.Modified.IsZero() {
			t.Errorf("put %s: got %+v", key, info)
		}
		if got := get(t, s, key, blobs.Range{}); !bytes.Equal(got, content) {
			t.Errorf("get %s: got %q, want %q", key, got, content)
		}
		if stat, err := s.Stat(ctx, key); err != nil || stat != info {
			t.Errorf("stat %s: got %+v, %v, want %+v", key, stat, err, info)
		}
	}
	if _, _, err := s.Get(ctx, "nothing", blobs.Range{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("get of nothing: got %v, want not found", err)
	}
	if _, err := s.Stat(ctx, "deep"); !fault.Is(err, fault.NotFound) {
		t.Errorf("stat of a folder: got %v, want not found", err)
	}
}

func ranges(t *testing.T, s blobs.Store) {
	put(t, s, "k", []byte("0123456789"))
	for part, want := range map[blobs.Range]string{
		{}: "0123456789", {Offset: 3}: "3456789", {Length: 4}: "0123", {Offset: 3, Length: 2}: "34", {Offset: 8, Length: 100}: "89", {Offset: 9, Length: 1}: "9",
	} {
		if got := string(get(t, s, "k", part)); got != want {
			t.Errorf("%+v: got %q, want %q", part, got, want)
		}
	}
	for _, offset := range []int64{10, 11, 1 << 40} {
		if _, _, err := s.Get(context.Background(), "k", blobs.Range{Offset: offset}); !fault.Is(err, fault.Invalid) {
			t.Errorf("offset %d of 10 bytes: got %v, want invalid", offset, err)
		}
	}
}

// sizes says wrong lengths, of none, of few and of as many bytes as S3 takes in
// parts, first where nothing is and then over other bytes, which stay.
func sizes(t *testing.T, s blobs.Store) {
	ctx := context.Background()
	refused := func(key string, has, said int64) {
		t.Helper()
		if _, err := s.Put(ctx, key, io.LimitReader(zeros{}, has), said); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d bytes said to be %d: got %v, want invalid", has, said, err)
		}
	}
	wrong := [][2]int64{{3, 2}, {3, 4}, {3, 0}, {0, 3}, {16<<20 + 1, 16 << 20}, {33<<20 + 1, 33 << 20}, {33 << 20, 33<<20 + 1}}
	for _, w := range wrong {
		refused("k", w[0], w[1])
	}
	if _, err := s.Stat(ctx, "k"); !fault.Is(err, fault.NotFound) {
		t.Errorf("after wrong sizes: got %v, want nothing stored", err)
	}
	if _, err := s.Put(ctx, "k", strings.NewReader("abc"), blobs.Unknown); err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		refused("k", w[0], w[1])
		if got := get(t, s, "k", blobs.Range{}); string(got) != "abc" {
			t.Fatalf("after %d bytes said to be %d: got %d bytes, want those from before", w[0], w[1], len(got))
		}
	}
	id, err := s.CreateUpload(ctx, "parts")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong[:4] {
		if _, err := s.PutPart(ctx, "parts", id, 1, io.LimitReader(zeros{}, w[0]), w[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("a part of %d bytes said to be %d: got %v, want invalid", w[0], w[1], err)
		}
	}
}

func replace(t *testing.T, s blobs.Store) {
	first := put(t, s, "k", []byte("first"))
	second := put(t, s, "k", []byte("second"))
	if first.ETag == second.ETag {
		t.Errorf("the tag %q did not change with the bytes", first.ETag)
	}
	if got := get(t, s, "k", blobs.Range{}); string(got) != "second" {
		t.Errorf("got %q", got)
	}
	// Bytes of one length, faster than clocks tick.
	last := second.ETag
	for i := range 300 {
		next := put(t, s, "k", fmt.Appendf(nil, "%06d", i))
		if next.ETag == last {
			t.Fatalf("round %d: the tag %q did not change with the bytes", i, last)
		}
		last = next.ETag
	}
}

func keys(t *testing.T, s blobs.Store) {
	ctx := context.Background()
	for _, key := range []string{
		"", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", `a\b`, "a\x00b", "a\nb", "a\x7f", "\xff", strings.Repeat("a/", 600) + "a", strings.Repeat("x", 256),
	} {
		if _, err := s.Put(ctx, key, strings.NewReader("x"), 1); !fault.Is(err, fault.Invalid) {
			t.Errorf("put %q: got %v, want invalid", key, err)
		}
		if _, _, err := s.Get(ctx, key, blobs.Range{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("get %q: got %v, want invalid", key, err)
		}
		if err := s.Delete(ctx, key); !fault.Is(err, fault.Invalid) {
			t.Errorf("delete %q: got %v, want invalid", key, err)
		}
	}
}

func deletes(t *testing.T, s blobs.Store) {
	ctx := context.Background()
	put(t, s, "a/b/c", []byte("x"))
	put(t, s, "a/d", []byte("y"))
	for range 2 {
		if err := s.Delete(ctx, "a/b/c"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Stat(ctx, "a/b/c"); !fault.Is(err, fault.NotFound) {
		t.Errorf("after delete: got %v, want not found", err)
	}
	if got := get(t, s, "a/d", blobs.Range{}); string(got) != "y" {
		t.Errorf("the neighbour: got %q", got)
	}
	entries, err := s.List(ctx, blobs.List{Prefix: "a/"})
	if err != nil || len(entries) != 1 {
		t.Errorf("after delete the folder lists %v, %v: want the neighbour alone", entries, err)
	}
}

func names(t *testing.T, s blobs.Store, l blobs.List) []string {
	t.Helper()
	entries, err := s.List(context.Background(), l)
	if err != nil {
		t.Fatalf("list %+v: %v", l, err)
	}
	all := []string{}
	for _, e := range entries {
		if e.Folder != strings.HasSuffix(e.Key, "/") {
			t.Errorf("%q: folder is %v", e.Key, e.Folder)
		}
		if !e.Folder && e.Size != int64(len(e.Key)) {
			t.Errorf("%q: size %d, want %d", e.Key, e.Size, len(e.Key))
		}
		all = append(all, e.Key)
	}
	return all
}

func list(t *testing.T, s blobs.Store) {
	for _, key := range []string{"a/b", "a/c/d", "a/c/e", "a-b", "a.b/x", "b", "A"} {
		put(t, s, key, []byte(key))
	}
	for _, c := range []struct {
		list blobs.List
		want []string
	}{
		{blobs.List{}, []string{"A", "a-b", "a.b/", "a/", "b"}},
		{blobs.List{Deep: true}, []string{"A", "a-b", "a.b/x", "a/b", "a/c/d", "a/c/e", "b"}},
		{blobs.List{Prefix: "a/"}, []string{"a/b", "a/c/"}},
		{blobs.List{Prefix: "a/", Deep: true}, []string{"a/b", "a/c/d", "a/c/e"}},
		{blobs.List{Prefix: "none/"}, []string{}},
		{blobs.List{Deep: true, After: "a/c/d"}, []string{"a/c/e", "b"}},
		{blobs.List{After: "a-b", Limit: 2}, []string{"a.b/", "a/"}},
	} {
		if diff := cmp.Diff(c.want, names(t, s, c.list)); diff != "" {
			t.Errorf("%+v:\n%s", c.list, diff)
		}
	}
	if _, err := s.List(context.Background(), blobs.List{Prefix: "../"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("list of ../: got %v, want invalid", err)
	}
}

// pages reads a folder page by page and must find every key once, in order.
func pages(t *testing.T, s blobs.Store) {
	random := rand.New(rand.NewPCG(1, 2))
	want := map[string]bool{}
	for i := range 60 {
		key := fmt.Sprintf("p/%c%s/%d", 'a'+random.IntN(3), []string{"", "-", "."}[random.IntN(3)], i)
		put(t, s, key, []byte(key))
		want[key] = true
	}
	for _, limit := range []int{1, 7, 60, 100} {
		var got []string
		after := ""
		for {
			page := names(t, s, blobs.List{Prefix: "p/", Deep: true, After: after, Limit: limit})
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = page[len(page)-1]
		}
		if !slices.IsSorted(got) || len(got) != len(want) {
			t.Errorf("pages of %d: %d keys, sorted %v, want %d", limit, len(got), slices.IsSorted(got), len(want))
		}
	}
}

type broken struct{ left int }

func (b *broken) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errors.New("the sender broke off")
	}
	n := min(len(p), b.left)
	b.left -= n
	return n, nil
}

func brokenStream(t *testing.T, s blobs.Store) {
	ctx := context.Background()
	put(t, s, "k", []byte("before"))
	for _, size := range []int64{blobs.Unknown, 1 << 20} {
		if _, err := s.Put(ctx, "k", &broken{left: 100_000}, size); err == nil {
			t.Errorf("size %d: a stream that breaks was stored", size)
		}
	}
	if got := get(t, s, "k", blobs.Range{}); string(got) != "before" {
		t.Errorf("after a broken stream: %d bytes, want those from before", len(got))
	}
	if all := names2(t, s); !slices.Equal(all, []string{"k"}) {
		t.Errorf("after a broken stream the store lists %v", all)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// memory streams 256 MiB each way and allows 96 MiB of allocation in all: a
// store that holds what it streams needs more.
func memory(t *testing.T, s blobs.Store) {
	const size = 256 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.Put(context.Background(), "big", io.LimitReader(zeros{}, size), size); err != nil {
		t.Fatal(err)
	}
	body, _, err := s.Get(context.Background(), "big", blobs.Range{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, body)
	if err != nil || n != size {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	_ = body.Close()
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 96<<20 {
		t.Errorf("%d MiB were allocated for %d MiB each way", spent>>20, size>>20)
	}
	if err := s.Delete(context.Background(), "big"); err != nil {
		t.Error(err)
	}
}

func check(t *testing.T, s blobs.Store) {
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
	if all := names2(t, s); len(all) != 0 {
		t.Errorf("the check left %v", all)
	}
}
