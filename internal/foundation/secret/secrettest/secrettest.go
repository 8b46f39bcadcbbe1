// Package secrettest gives tests a ring of keys without a store.
package secrettest

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/secret"
)

// Ring is a ring with one key, made of words.
func Ring(words string) *secret.Ring {
	key := sha256.Sum256([]byte(words))
	ring, err := secret.NewRing(context.Background(), time.Now, slog.New(slog.DiscardHandler), func(context.Context) ([]secret.Key, error) {
		return []secret.Key{{Version: 1, Bytes: key[:]}}, nil
	})
	if err != nil {
		panic(err) // reading a slice does not fail
	}
	return ring
}
