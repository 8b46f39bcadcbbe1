package app

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// openBlobs opens the store of bytes at address: s3://… or a folder.
func openBlobs(address string, s Settings) (blobs.Store, error) {
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case scheme == "s3" && isURL:
		return s3.Open(address, s3.Credentials{AccessKey: s.S3AccessKey, SecretKey: s.S3SecretKey})
	case isURL:
		return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not a store of bytes that tacit knows.", scheme+"://"), "give a folder, or s3://bucket/prefix?endpoint=…")
	default:
		return disk.Open(address, s.Random)
	}
}

// stores tells where the house keeps things.
type stores struct{ h *House }

// RowsAddress is where the records are.
func (s stores) RowsAddress() string { return s.h.Rows.Address() }

// BlobsAddress is where the bytes are.
func (s stores) BlobsAddress() string { return s.h.Blobs.Address() }
