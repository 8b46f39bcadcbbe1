package secret

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// keySize is the length of the master key and of every named key, in bytes.
const keySize = 32

// readMaster reads a master key: 64 hexadecimal digits, or 32 bytes as they
// are. fs.ErrNotExist when there is no file.
func readMaster(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "The master key at %s cannot be read.", path)
	}
	if len(content) == keySize {
		return content, nil
	}
	key, err := hex.DecodeString(string(bytes.TrimSpace(content)))
	if err != nil || len(key) != keySize {
		return nil, fault.WithHint(fault.New(fault.Invalid, "The file %s holds no master key.", path),
			"it must hold 64 hexadecimal digits, as `openssl rand -hex 32` prints them, or 32 bytes")
	}
	return key, nil
}

// makeMaster writes a new master key that only this user may read. It is
// durable when it returns: keys that it seals must never outlive it.
func makeMaster(path string, random io.Reader) (key []byte, err error) {
	key = make([]byte, keySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".master-*") // mode 0600
	if err != nil {
		return nil, unmade(path, err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if _, err := file.WriteString(hex.EncodeToString(key) + "\n"); err != nil {
		return nil, fmt.Errorf("secret: write the master key: %w", err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("secret: write the master key: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return nil, fmt.Errorf("secret: write the master key: %w", err)
	}
	return key, syncFolder(filepath.Dir(path))
}

func unmade(path string, cause error) error {
	return fault.WithHint(fault.Because(cause, fault.Unavailable, "The master key %s cannot be made.", path),
		"make its folder, and let this user write there; or write the key yourself: openssl rand -hex 32 > FILE")
}

// CheckFile refuses what cannot be the master key of a store that has sealed
// nothing: a file that holds none, fault.Invalid, or that cannot be made,
// fault.Unavailable. It leaves nothing behind.
func CheckFile(path string) error {
	_, err := readMaster(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".master-*")
	if err != nil {
		return unmade(path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// syncFolder makes a folder's entries durable; Windows does that by itself and
// does not let a folder be synced.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
