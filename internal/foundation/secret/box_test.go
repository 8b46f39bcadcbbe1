package secret

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

func schemas() []rows.Schema { return []rows.Schema{Schema()} }

func open(t *testing.T, db *rows.DB, file string) *Box {
	t.Helper()
	b, err := Open(context.Background(), Config{DB: db, Now: time.Now, Random: rand.Reader, File: file, Make: true})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKeysOutliveTheProcess(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		ctx, file := context.Background(), filepath.Join(t.TempDir(), "master.key")
		first := open(t, db, file)
		page, err := first.Key(ctx, "page")
		if err != nil || len(page) != 32 {
			t.Fatalf("key: %x, %v", page, err)
		}
		other, err := first.Key(ctx, "token")
		if err != nil || bytes.Equal(page, other) {
			t.Fatalf("two names have one key: %v", err)
		}
		second := open(t, db, file)
		again, err := second.Key(ctx, "page")
		if err != nil || !bytes.Equal(page, again) {
			t.Fatalf("after a restart: %x, %v, want %x", again, err, page)
		}
		rotated, err := second.Rotate(ctx, "page", untold)
		if err != nil || rotated.Version != 2 {
			t.Fatalf("rotate: %+v, %v", rotated, err)
		}
		newest, err := second.Key(ctx, "page")
		if err != nil || !bytes.Equal(newest, rotated.Bytes) || bytes.Equal(newest, page) {
			t.Fatalf("after rotation: %x, %v", newest, err)
		}
		all, err := second.Keys(ctx, "page")
		if err != nil || len(all) != 2 || !bytes.Equal(all[0].Bytes, newest) || !bytes.Equal(all[1].Bytes, page) {
			t.Fatalf("all versions: %v, %v", all, err)
		}
		sealed, err := rows.Collect(ctx, db.Read(), scanKey, selectKeys, "page")
		if err != nil || len(sealed) != 2 || bytes.Contains(sealed[1].sealed, page) {
			t.Fatalf("the store holds the key itself: %v, %v", sealed, err)
		}
	})
}

func TestManyAskForTheFirstKey(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		file := filepath.Join(t.TempDir(), "master.key")
		keys := make([][]byte, 16)
		boxes := make([]*Box, len(keys)) // as many replicas
		for i := range boxes {
			boxes[i] = open(t, db, file)
		}
		var group sync.WaitGroup
		for i := range keys {
			group.Go(func() {
				var err error
				if keys[i], err = boxes[i].Key(context.Background(), "page"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for _, k := range keys {
			if !bytes.Equal(k, keys[0]) {
				t.Fatal("two replicas have different keys")
			}
		}
	})
}

func TestMasterKeyFile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := rowstest.SQLite(t, schemas())
	folder := t.TempDir()
	file := filepath.Join(folder, "master.key")
	if _, err := Open(ctx, Config{DB: db, Now: time.Now, Random: rand.Reader, File: file}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a named file that is not there: %v, want not found", err)
	}
	if _, err := open(t, db, file).Key(ctx, "page"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	other := filepath.Join(folder, "other.key")
	if err := os.WriteFile(other, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Config{DB: db, Now: time.Now, Random: rand.Reader, File: other}); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), other) {
		t.Errorf("another master key: %v, want a conflict that names the file", err)
	}
	lost := filepath.Join(folder, "lost.key")
	if _, err := Open(ctx, Config{DB: db, Now: time.Now, Random: rand.Reader, File: lost, Make: true}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a lost master key: %v, want not found", err)
	}
	if _, err := os.Stat(lost); err == nil {
		t.Error("a new master key was made over a store that another one sealed")
	}
	if err := os.WriteFile(lost, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Config{DB: db, Now: time.Now, Random: rand.Reader, File: lost}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a file of five bytes: %v, want invalid", err)
	}
}

func TestSealedOpensForItsPurposeAlone(t *testing.T) {
	t.Parallel()
	b := open(t, rowstest.SQLite(t, schemas()), filepath.Join(t.TempDir(), "master.key"))
	draw.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		to := rapid.String().Draw(t, "purpose")
		sealed, err := b.Seal(to, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.Open(to, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v, want %x", got, err, plain)
		}
		if _, err := b.Open(to+"x", sealed); !fault.Is(err, fault.Conflict) {
			t.Fatalf("opened for another purpose: %v", err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "changed byte")
		sealed[at] ^= 1
		if _, err := b.Open(to, sealed); !fault.Is(err, fault.Conflict) {
			t.Fatalf("opened after a change of byte %d: %v", at, err)
		}
	})
	if _, err := b.Open("x", nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("opened nothing: %v", err)
	}
}

// Two replicas share a key that is rotated on one of them.
func TestRingsFollowARotation(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		ctx, file, now := t.Context(), filepath.Join(t.TempDir(), "master.key"), time.Unix(1_000_000, 0)
		var boxes [2]*Box
		var rings [2]*Ring
		for i := range rings {
			var err error
			if boxes[i], err = Open(ctx, Config{DB: db, Now: func() time.Time { return now }, Random: rand.Reader, File: file, Make: true}); err != nil {
				t.Fatal(err)
			}
			if rings[i], err = boxes[i].Ring(ctx, "page", slog.New(slog.DiscardHandler)); err != nil {
				t.Fatal(err)
			}
		}
		message := []byte("position")
		first := rings[0].Sign(message)
		check := func(what string, ring *Ring, signature []byte, want fault.Kind) {
			t.Helper()
			err := ring.Check(message, signature)
			if want == fault.Internal && err != nil || want != fault.Internal && !fault.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		const holds = fault.Internal // no error
		check("the other replica", rings[1], first, holds)
		check("another message", rings[1], rings[0].Sign([]byte("other")), fault.Invalid)
		check("nothing", rings[1], nil, fault.Invalid)
		check("a version that is to come", rings[1], append([]byte{9}, first[1:]...), fault.Invalid)

		if _, err := boxes[0].Rotate(ctx, "page", untold); err != nil {
			t.Fatal(err)
		}
		now = now.Add(freshness)
		second := rings[0].Sign(message)
		if bytes.Equal(first, second) || second[0] != 2 {
			t.Fatalf("after the rotation %x signs, want version 2", second)
		}
		check("the new version, on a replica that knew the old", rings[1], second, holds)
		check("the old version", rings[1], first, holds)
		check("the old code under the new version", rings[1], append([]byte{2}, first[1:]...), fault.Invalid)
		now = now.Add(Grace)
		check("the old version after a week", rings[1], first, fault.Conflict)

		if _, err := boxes[1].Rotate(ctx, "page", untold); err != nil {
			t.Fatal(err)
		}
		now = now.Add(freshness)
		check("the second version", rings[0], second, holds)
		if err := boxes[1].Retire(ctx, "page", untold); err != nil {
			t.Fatal(err)
		}
		now = now.Add(freshness)
		check("a retired version", rings[0], second, fault.Conflict)
		check("the newest version", rings[0], rings[1].Sign(message), holds)
	})
}
