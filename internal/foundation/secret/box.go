package secret

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

//go:embed migrations
var migrations embed.FS

// Schema is the table of keys.
func Schema() rows.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return rows.Schema{Name: "secret", Files: files}
}

// format leads everything sealed, so that another algorithm can follow.
const format = 1

// Config is what Open needs.
type Config struct {
	DB     *rows.DB
	Now    func() time.Time
	Random io.Reader // must never fail
	File   string    // of the master key
	Make   bool      // make the file when it is not there and nothing was sealed yet
}

// Box seals and opens with the master key, and keeps named keys.
type Box struct {
	master []byte
	file   string
	db     *rows.DB
	now    func() time.Time
	random io.Reader

	mu     sync.Mutex
	newest map[string]Key
}

// Key is one version of a named key.
type Key struct {
	Version int64 // from 1
	Bytes   []byte
	Made    time.Time
}

// Open reads the master key and proves that it opens what the store holds.
func Open(ctx context.Context, c Config) (_ *Box, err error) {
	defer fault.Wrap(&err, "secret.Open")
	held, err := rows.One(ctx, c.DB.Read(), scanAnyKey, selectAnyKey)
	empty := rows.IsNone(err)
	if err != nil && !empty {
		return nil, err
	}
	master, err := readMaster(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		if !empty || !c.Make {
			return nil, fault.WithHint(fault.New(fault.NotFound, "There is no master key at %s, and the store needs one.", c.File),
				"put the master key that belongs to this store there; a backup leaves it out on purpose. When it is lost: restore the backup again, with tacit restore --new-key")
		}
		master, err = makeMaster(c.File, c.Random)
	}
	if err != nil {
		return nil, err
	}
	b := &Box{master: master, file: c.File, db: c.DB, now: c.Now, random: c.Random, newest: map[string]Key{}}
	if !empty {
		if _, err := b.Open(purpose(held.name, held.version), held.sealed); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Sealed reports whether the store holds anything that a master key sealed. An
// error means that it has no table for it yet.
func Sealed(ctx context.Context, db *rows.DB) (bool, error) {
	_, err := rows.One(ctx, db.Read(), scanAnyKey, selectAnyKey)
	if rows.IsNone(err) {
		return false, nil
	}
	return err == nil, err
}

// Forget removes, inside a transaction, everything that is sealed, so that a store whose master key is
// lost can go on with a new one. What the keys had signed no longer holds.
func Forget(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "secret.Forget")
	_, err = tx.Exec(ctx, deleteKeys)
	return err
}

// Seal makes a secret unreadable without the master key. It is opened for the
// same purpose alone: "webhook/<id>".
func (b *Box) Seal(purpose string, plain []byte) ([]byte, error) {
	aead, err := b.aead(purpose)
	if err != nil {
		return nil, err
	}
	return aead.Seal([]byte{format}, nil, plain, nil), nil
}

// Open gives back what was sealed for the purpose. fault.Conflict when it was
// sealed with another master key or for another purpose, or was changed.
func (b *Box) Open(purpose string, sealed []byte) ([]byte, error) {
	aead, err := b.aead(purpose)
	if err != nil {
		return nil, err
	}
	if len(sealed) > 0 && sealed[0] == format {
		if plain, err := aead.Open(nil, nil, sealed[1:], nil); err == nil {
			return plain, nil
		}
	}
	return nil, fault.WithHint(fault.New(fault.Conflict, "The master key at %s does not open %q: it is another key than the store's, or the store was changed.", b.file, purpose),
		"name the right file with TACIT_SECRET_KEY_FILE, or put the right key there")
}

// aead seals for one purpose; its nonces are random, and each purpose has a
// key of its own, so that they do not repeat.
func (b *Box) aead(purpose string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, b.master, nil, "tacit seal "+purpose, keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func purpose(name string, version int64) string { return fmt.Sprintf("key/%s/%d", name, version) }

// Derived gives 32 bytes for a purpose that are always the same with this master
// key, and that nobody finds without it. No record holds them, so that none can
// be taken away; they end with the master key.
func (b *Box) Derived(purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, b.master, nil, "tacit derived "+purpose, keySize)
}

// Key gives the newest version of a named key, 32 bytes, and makes the first.
// It stays the same until this process rotates it or starts again.
func (b *Box) Key(ctx context.Context, name string) (_ []byte, err error) {
	defer fault.Wrap(&err, "secret.Key(%s)", name)
	b.mu.Lock()
	key, ok := b.newest[name]
	b.mu.Unlock()
	if ok {
		return key.Bytes, nil
	}
	all, err := b.Keys(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		if key, err = b.next(ctx, name, 0, untold); err != nil {
			return nil, err
		}
	} else {
		key = all[0]
	}
	b.remember(name, key)
	return key.Bytes, nil
}

// Keys gives all versions of a named key, the newest first; none when it was
// never asked for.
func (b *Box) Keys(ctx context.Context, name string) (_ []Key, err error) {
	defer fault.Wrap(&err, "secret.Keys(%s)", name)
	sealed, err := rows.Collect(ctx, b.db.Read(), scanKey, selectKeys, name)
	if err != nil {
		return nil, err
	}
	keys := make([]Key, len(sealed))
	for i, s := range sealed {
		plain, err := b.Open(purpose(name, s.version), s.sealed)
		if err != nil {
			return nil, err
		}
		keys[i] = Key{Version: s.version, Bytes: plain, Made: time.UnixMicro(s.made).UTC()}
	}
	return keys, nil
}

// Told announces, in tx, what was done to the newest version of a named key.
type Told func(ctx context.Context, tx *rows.Tx, name string, version int64) error

// Rotate makes the next version of a named key, and has it told in the same
// transaction. The rings of other processes sign with it within a minute.
func (b *Box) Rotate(ctx context.Context, name string, told Told) (_ Key, err error) {
	defer fault.Wrap(&err, "secret.Rotate(%s)", name)
	all, err := b.Keys(ctx, name)
	if err != nil {
		return Key{}, err
	}
	var last int64
	if len(all) > 0 {
		last = all[0].Version
	}
	key, err := b.next(ctx, name, last, told)
	if err == nil {
		b.remember(name, key)
	}
	return key, err
}

// Retire removes all versions of a named key but the newest: what they signed
// holds no longer. It is told in the same transaction. Rings of other processes
// notice it within a minute.
func (b *Box) Retire(ctx context.Context, name string, told Told) (err error) {
	defer fault.Wrap(&err, "secret.Retire(%s)", name)
	return b.db.Write(ctx, func(tx *rows.Tx) error {
		if _, err := tx.Exec(ctx, deleteOlder, name); err != nil {
			return err
		}
		left, err := rows.Collect(ctx, tx, scanKey, selectKeys, name)
		if err != nil || len(left) == 0 {
			return err
		}
		return told(ctx, tx, name, left[0].version)
	})
}

// untold is of the first version of a key, which changes nothing that was signed.
func untold(context.Context, *rows.Tx, string, int64) error { return nil }

// Names gives the names of all keys that were ever asked for.
func (b *Box) Names(ctx context.Context) (_ []string, err error) {
	defer fault.Wrap(&err, "secret.Names")
	return rows.Collect(ctx, b.db.Read(), rows.Column[string], selectNames)
}

// next gives the newest key after the version last: another replica's, or a
// new one.
func (b *Box) next(ctx context.Context, name string, last int64, told Told) (key Key, err error) {
	bytes := make([]byte, keySize)
	if _, err := io.ReadFull(b.random, bytes); err != nil {
		return key, err
	}
	err = b.db.Write(ctx, func(tx *rows.Tx) error {
		there, err := rows.Collect(ctx, tx, scanKey, selectKeys, name)
		if err != nil {
			return err
		}
		if len(there) > 0 && there[0].version > last {
			plain, err := b.Open(purpose(name, there[0].version), there[0].sealed)
			key = Key{Version: there[0].version, Bytes: plain, Made: time.UnixMicro(there[0].made).UTC()}
			return err
		}
		made := b.now().UTC().Truncate(time.Microsecond)
		key = Key{Version: last + 1, Bytes: bytes, Made: made}
		sealed, err := b.Seal(purpose(name, key.Version), bytes)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, insertKey, name, key.Version, sealed, made.UnixMicro()); err != nil {
			return err
		}
		return told(ctx, tx, name, key.Version)
	})
	if rows.IsDuplicate(err) { // another replica was quicker
		return b.next(ctx, name, last, told)
	}
	return key, err
}

func (b *Box) remember(name string, key Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if key.Version >= b.newest[name].Version {
		b.newest[name] = key
	}
}
