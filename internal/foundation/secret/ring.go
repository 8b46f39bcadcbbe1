package secret

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

const (
	// Grace is how long an older version still checks what it signed, counted
	// from when the next one was made.
	Grace = 7 * 24 * time.Hour
	// freshness is how soon a rotation by another process is noticed.
	freshness = time.Minute
	// reread is the least time between two readings for versions that are not
	// known: whoever sends made-up ones does not get a reading each.
	reread = time.Second
	// rereadTime bounds one reading.
	rereadTime = 2 * time.Second
	// signatureSize is the length of the code in a signature, in bytes.
	signatureSize = 16
)

// Ring signs with the newest version of a named key, and checks what that or,
// for Grace, an older one has signed. It is safe for concurrent use.
type Ring struct {
	now  func() time.Time
	read func(context.Context) ([]Key, error)
	log  *slog.Logger

	mu     sync.RWMutex
	keys   []Key
	loaded time.Time
}

// Ring gives the ring of a named key, whose first version it makes.
func (b *Box) Ring(ctx context.Context, name string, log *slog.Logger) (_ *Ring, err error) {
	defer fault.Wrap(&err, "secret.Ring(%s)", name)
	if _, err := b.Key(ctx, name); err != nil {
		return nil, err
	}
	return NewRing(ctx, b.now, log, func(ctx context.Context) ([]Key, error) { return b.Keys(ctx, name) })
}

// NewRing gives the ring of the versions that read gives, the newest first and
// one at least.
func NewRing(ctx context.Context, now func() time.Time, log *slog.Logger, read func(context.Context) ([]Key, error)) (*Ring, error) {
	keys, err := read(ctx)
	if err != nil {
		return nil, err
	}
	return &Ring{now: now, log: log, read: read, keys: keys, loaded: now()}, nil
}

// Sign gives a signature of message: the key's version and a code.
func (r *Ring) Sign(message []byte) []byte {
	key := r.current(freshness)[0]
	return append(binary.AppendUvarint(nil, uint64(key.Version)), code(key, message)...)
}

// Check answers nil when signature is one of message, fault.Conflict when its
// version holds no longer, and else fault.Invalid.
func (r *Ring) Check(message, signature []byte) error {
	version, size := binary.Uvarint(signature)
	if size <= 0 || len(signature) != size+signatureSize {
		return notSigned()
	}
	keys := r.current(freshness)
	if version > uint64(keys[0].Version) {
		keys = r.current(reread) // another process may have rotated just now
	}
	i := slices.IndexFunc(keys, func(k Key) bool { return uint64(k.Version) == version })
	switch {
	case i < 0 && version >= 1 && version < uint64(keys[0].Version):
		return rotated()
	case i < 0 || !hmac.Equal(signature[size:], code(keys[i], message)):
		return notSigned()
	case i > 0 && r.now().Sub(keys[i-1].Made) > Grace:
		return rotated()
	}
	return nil
}

// current gives the versions as they were read less than age ago. Where they
// cannot be read, those from before hold.
func (r *Ring) current(age time.Duration) []Key {
	now := r.now()
	r.mu.RLock()
	keys, fresh := r.keys, now.Sub(r.loaded) < age
	r.mu.RUnlock()
	if fresh {
		return keys
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.loaded) < age {
		return r.keys
	}
	r.loaded = now
	ctx, cancel := context.WithTimeout(context.Background(), rereadTime)
	defer cancel()
	read, err := r.read(ctx)
	switch {
	case err != nil:
		r.log.Warn("keys cannot be read again", "error", err)
	case len(read) > 0:
		r.keys = read
	}
	return r.keys
}

func code(key Key, message []byte) []byte {
	h := hmac.New(sha256.New, key.Bytes)
	_, _ = h.Write(message)
	return h.Sum(nil)[:signatureSize]
}

func notSigned() error { return fault.New(fault.Invalid, "This tacit did not sign it.") }

func rotated() error {
	return fault.New(fault.Conflict, "It was signed with a key that has been rotated, and holds no longer.")
}
