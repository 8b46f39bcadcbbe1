package dataset_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestOpen asks the stores in their order, and believes none of them.
func TestOpen(t *testing.T) {
	ctx := context.Background()
	near, far := cache.New(t.TempDir(), object.Current, draw.Reader(t)), cache.New(t.TempDir(), object.Current, draw.Reader(t))
	service := dataset.New(dataset.Config{Stores: []dataset.Store{near, far}})
	id, _, err := far.Put(ctx, strings.NewReader("content"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := service.Read(ctx, id, 7); err != nil || string(got) != "content" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := service.Read(ctx, id, 6); !fault.Is(err, fault.Limit) {
		t.Errorf("with a limit below its size: %v", err)
	}
	if _, err := service.Read(ctx, object.ID{Dir: true}, 6); !fault.Is(err, fault.NotFound) {
		t.Errorf("an object that is nowhere: %v", err)
	}
	// A protected object whose bytes changed is believed by the cache, and not by who reads it.
	if err := errors.Join(os.Chmod(far.Path(id), 0o644), os.WriteFile(far.Path(id), []byte("changed"), 0o644), os.Chmod(far.Path(id), 0o444)); err != nil {
		t.Fatal(err)
	}
	r, size, err := service.Open(ctx, id)
	if err != nil || size != 7 {
		t.Fatal(size, err)
	}
	if _, err := io.ReadAll(r); !fault.Is(err, fault.Conflict) {
		t.Errorf("other bytes than the name says: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
