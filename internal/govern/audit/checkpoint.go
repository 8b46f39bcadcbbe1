package audit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// origin is the first line of a checkpoint and the name of the key.
	origin = "tacit/audit"
	// KeyName is the key in the box of secrets; its 32 bytes are the seed.
	KeyName = "audit"
	// MaxCheckpoint bounds the text of a checkpoint, in bytes.
	MaxCheckpoint = 8 << 10
)

// Checkpoint is the signed state of the log at one time.
type Checkpoint struct {
	Size int64     // entries
	Root tlog.Hash // of the tree over them
	Time time.Time // when it was signed, to the microsecond
	Note string    // the signed text
	Key  string    // the verifier key, as note.NewVerifier reads it
}

// signed is a checkpoint as it is kept; what it says is not believed.
type signed struct {
	size int64
	time time.Time
	note string
}

// body is the text that is signed.
func (c Checkpoint) body() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\n", origin, c.Size, c.Root, c.Time.UTC().Format(time.RFC3339Nano))
}

// parseBody reads what body wrote.
func parseBody(text string) (c Checkpoint, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] != origin {
		return c, errors.New("it is no checkpoint of tacit's audit log")
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return c, fmt.Errorf("%q is not the size of a log", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return c, fmt.Errorf("%q is not the root of a tree", lines[2])
	}
	copy(c.Root[:], root)
	for _, line := range lines[3:] {
		if stamp, ok := strings.CutPrefix(line, "time "); ok {
			if c.Time, err = time.Parse(time.RFC3339Nano, stamp); err != nil {
				return c, fmt.Errorf("%q is not a time", stamp)
			}
		}
	}
	return c, nil
}

// errUnknownKey says that a checkpoint has no signature of a key that is there.
var errUnknownKey = errors.New("it is not signed with a key of this tacit")

// openCheckpoint checks the signature of a checkpoint and reads it. errUnknownKey
// with what it says, or an error that says what is wrong with it.
func openCheckpoint(text string, keys []signer) (Checkpoint, error) {
	if len(text) > MaxCheckpoint {
		return Checkpoint{}, fmt.Errorf("it has more than %d bytes", MaxCheckpoint)
	}
	verifiers := make([]note.Verifier, len(keys))
	for i, k := range keys {
		verifiers[i] = k.Verifier
	}
	n, err := note.Open([]byte(text), note.VerifierList(verifiers...))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified):
		c, err := parseBody(unverified.Note.Text)
		if err != nil {
			return Checkpoint{}, err
		}
		c.Note = text
		return c, errUnknownKey
	case errors.As(err, &invalid):
		return Checkpoint{}, errors.New("its signature does not belong to its text")
	case err != nil:
		return Checkpoint{}, errors.New("it is no signed note")
	}
	c, err := parseBody(n.Text)
	if err != nil {
		return c, err
	}
	c.Note = text
	for _, k := range keys {
		if k.KeyHash() == n.Sigs[0].Hash {
			c.Key = k.key
		}
	}
	return c, nil
}

// signer signs and verifies with one version of the key.
type signer struct {
	note.Verifier
	key     string // the verifier key as text
	made    time.Time
	private ed25519.PrivateKey
}

// Sign signs a text.
func (s signer) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.private, text), nil }

// newSigner makes the signer of a seed of 32 bytes.
func newSigner(seed []byte) (s signer, err error) {
	if len(seed) != ed25519.SeedSize {
		return s, fmt.Errorf("audit: a seed of %d bytes", len(seed))
	}
	s.private = ed25519.NewKeyFromSeed(seed)
	if s.key, err = note.NewEd25519VerifierKey(origin, s.private.Public().(ed25519.PublicKey)); err != nil {
		return s, err
	}
	s.Verifier, err = note.NewVerifier(s.key)
	return s, err
}

// signers are all versions of the key, the newest first.
func (s *Service) signers(ctx context.Context) ([]signer, error) {
	keys, err := s.Keys.Keys(ctx, KeyName)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.NotFound, "There is no key to sign the audit log with.")
	}
	all := make([]signer, len(keys))
	for i, k := range keys {
		if all[i], err = newSigner(k.Bytes); err != nil {
			return nil, err
		}
		all[i].made = k.Made
	}
	return all, nil
}

// sizes are how many entries the tree has, and the newest checkpoint of the store,
// zero for none. fault.Conflict when that covers more than there are.
func (s *Service) sizes(ctx context.Context) (size int64, last signed, err error) {
	if size, err = rows.One(ctx, s.DB.Read(), rows.Column[int64], selectSize); err != nil {
		return 0, last, err
	}
	last, err = rows.One(ctx, s.DB.Read(), scanCheckpoint, selectLastCheckpoint)
	if rows.IsNone(err) {
		return size, signed{}, nil
	}
	if err == nil && last.size > size {
		err = fault.WithHint(fault.New(fault.Conflict, "The log has %d entries, and a checkpoint was signed of %d.", size, last.size),
			"entries were removed: tacit audit verify tells more")
	}
	return size, last, err
}

// Checkpoint gives the newest checkpoint, after signing one where the log has
// grown, or the key is another, since the last.
func (s *Service) Checkpoint(ctx context.Context) (_ Checkpoint, err error) {
	defer fault.Wrap(&err, "audit.Checkpoint")
	keys, err := s.signers(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	size, last, err := s.sizes(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	known, err := s.extends(ctx, size)
	if err != nil {
		return Checkpoint{}, err
	}
	if c, err := openCheckpoint(last.note, keys); err == nil && s.holds(ctx, c) {
		if c.Size == size && c.Key == keys[0].key {
			return c, s.kept.keep(c)
		}
		known = max(known, c.Size)
	}
	if err := s.sealed(ctx, known, size); err != nil {
		return Checkpoint{}, err
	}
	c, err := s.sign(ctx, size, keys[0], nil)
	if err != nil {
		return Checkpoint{}, err
	}
	return c, s.kept.keep(c)
}

// Settle gives every event that was committed its leaf, and signs the log where
// it has grown.
func (s *Service) Settle(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "audit.Settle")
	if err := s.Events.CatchUp(ctx, subscriber); err != nil {
		return err
	}
	_, err = s.Checkpoint(ctx)
	return err
}

// extends refuses a tree of a size that does not hold what is known to have been
// signed, and gives the size of that: nothing that was made anew is signed.
// fault.Conflict.
func (s *Service) extends(ctx context.Context, size int64) (int64, error) {
	before, _, _, err := s.due(ctx, s.DB.Read())
	if broken := (*brokenFile)(nil); errors.As(err, &broken) {
		return 0, fault.WithHint(fault.Because(err, fault.Conflict, "The file %s holds no checkpoint.", s.kept.path), accepting)
	}
	if err != nil {
		return 0, err
	}
	if before.Size <= size {
		e, err := readEdge(ctx, s.DB.Read(), before.Size)
		if err == nil && (before.Size == 0 || e.root() == before.Root) {
			return before.Size, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, fault.WithHint(fault.New(fault.Conflict, "The log no longer holds the %d entries that were signed %s.", before.Size, before.Time.Format(time.RFC3339)), accepting)
}

// holds reports whether the tree begins with that of a checkpoint.
func (s *Service) holds(ctx context.Context, c Checkpoint) bool {
	e, err := readEdge(ctx, s.DB.Read(), c.Size)
	return err == nil && e.root() == c.Root
}

// LastCheckpoint gives the newest checkpoint as it was signed, without signing
// one; the zero one when there is none.
func (s *Service) LastCheckpoint(ctx context.Context) (_ Checkpoint, err error) {
	defer fault.Wrap(&err, "audit.LastCheckpoint")
	last, err := rows.One(ctx, s.DB.Read(), scanCheckpoint, selectLastCheckpoint)
	if rows.IsNone(err) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, err
	}
	keys, err := s.signers(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := openCheckpoint(last.note, keys)
	if err != nil { // verify tells what is wrong with it
		return Checkpoint{Size: last.size, Time: last.time, Note: last.note}, nil
	}
	return c, nil
}

// sign signs the tree of a size and keeps the checkpoint, in one transaction with
// what goes along, nil for nothing.
func (s *Service) sign(ctx context.Context, size int64, key signer, along func(context.Context, *rows.Tx, Checkpoint) error) (Checkpoint, error) {
	e, err := readEdge(ctx, s.DB.Read(), size)
	if err != nil {
		return Checkpoint{}, err
	}
	c := Checkpoint{Size: size, Root: e.root(), Time: s.Now().UTC().Truncate(time.Microsecond), Key: key.key}
	text, err := note.Sign(&note.Note{Text: c.body()}, key)
	if err != nil {
		return Checkpoint{}, err
	}
	c.Note = string(text)
	return c, s.DB.WriteAt(ctx, rows.ReadCommitted, func(tx *rows.Tx) error {
		if _, err := tx.Exec(ctx, insertCheckpoint, c.Size, c.Time.UnixMicro(), c.Note); err != nil || along == nil {
			return err
		}
		return along(ctx, tx, c)
	})
}
