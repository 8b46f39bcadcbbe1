package app

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/s3"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// checkBlobs refuses what cannot be the address of a store of bytes, and a key
// pair that cannot open it.
func checkBlobs(address string, s Settings) error {
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case !isURL:
		return nil
	case scheme == "s3":
		_, err := s3.Open(address, s.pair()) // it reads the address and does not connect
		return err
	}
	return fault.WithHint(fault.New(fault.Invalid, "%q is not a store of bytes that tacit knows.", scheme+"://"), "give a folder, or s3://bucket/prefix?endpoint=…")
}

// openBlobs opens the store of bytes at address: s3://… or a folder.
func openBlobs(address string, s Settings) (blobs.Store, error) {
	if err := checkBlobs(address, s); err != nil {
		return nil, err
	}
	if strings.HasPrefix(address, "s3://") {
		return s3.Open(address, s.pair())
	}
	return disk.Open(address, s.Random)
}

// checkPair refuses a half of the key pair where the bytes are in S3.
func (s Settings) checkPair() error {
	if !strings.HasPrefix(s.Blobs, "s3://") {
		return nil
	}
	return s.pair().Check()
}

func (s Settings) pair() s3.Credentials {
	return s3.Credentials{AccessKey: s.S3AccessKey, SecretKey: s.S3SecretKey}
}

// stores tells where the house keeps things.
type stores struct{ h *House }

// RowsAddress is where the records are.
func (s stores) RowsAddress() string { return s.h.Rows.Address() }

// BlobsAddress is where the bytes are.
func (s stores) BlobsAddress() string { return s.h.Blobs.Address() }
