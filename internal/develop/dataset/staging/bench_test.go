package staging_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/staging"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
)

// BenchmarkStage stages 70,000 files of 275 bytes in ten folders, the shape of MNIST
// as files: into a new cache, with each type of link.
func BenchmarkStage(b *testing.B) {
	const files, size = 70_000, 275
	for _, typ := range []link.Type{link.Copy, link.Hardlink} {
		b.Run(string(typ), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				root := b.TempDir()
				for i := range files {
					datasettest.Write(b, filepath.Join(root, fmt.Sprintf("%d/%05d.png", i%10, i)), fmt.Sprintf("%0*d", size, i))
				}
				c := staging.Config{Root: root, Cache: cache.New(b.TempDir(), object.Current, rand.Reader), Link: typ, Now: time.Now}
				b.StartTimer()
				walked, err := worktree.Walk(context.Background(), root, nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := c.Stage(context.Background(), walked); err != nil {
					b.Fatal(err)
				}
				if err := c.Cache.Sync(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
