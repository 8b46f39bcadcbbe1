// Package id makes identifiers in Go, so that both engines store the same ones.
//
// UUIDv7 (RFC 9562) is tacit's own form: it sorts by time. Hex32 is MLflow's
// form of a run id. Time and randomness are passed in.
package id

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"sync"
	"time"
)

// Source makes identifiers from a clock and a source of random bytes. It is
// safe for concurrent use.
type Source struct {
	now    func() time.Time
	random io.Reader

	mu   sync.Mutex
	last uint64 // the last 60-bit time and sequence given out: ids of one Source only rise
}

// NewSource gives a Source; random must never fail (crypto/rand.Reader in the
// program, a fixed reader in tests).
func NewSource(now func() time.Time, random io.Reader) *Source {
	return &Source{now: now, random: random}
}

// UUID gives a UUIDv7 in its usual text form, greater than all this Source
// gave before: 48 bits of milliseconds, 12 bits of sequence, 62 random bits.
func (s *Source) UUID() string {
	var b [16]byte
	s.fill(b[8:])
	stamp := s.stamp()
	ms, seq := stamp>>12, stamp&0xfff
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = 0x70 | byte(seq>>8)
	b[7] = byte(seq)
	b[8] = 0x80 | b[8]&0x3f
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	out[8] = '-'
	hex.Encode(out[9:13], b[4:6])
	out[13] = '-'
	hex.Encode(out[14:18], b[6:8])
	out[18] = '-'
	hex.Encode(out[19:23], b[8:10])
	out[23] = '-'
	hex.Encode(out[24:36], b[10:16])
	return string(out[:])
}

// Spread gives a duration from nothing to less than most, so that what happens
// again and again in many places does not happen at once.
func (s *Source) Spread(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	var b [8]byte
	s.fill(b[:])
	return time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(most))
}

// Hex32 gives 32 random lower-case hexadecimal digits.
func (s *Source) Hex32() string {
	var b [16]byte
	s.fill(b[:])
	return hex.EncodeToString(b[:])
}

// Bytes gives n random bytes.
func (s *Source) Bytes(n int) []byte {
	b := make([]byte, n)
	s.fill(b)
	return b
}

func (s *Source) stamp() uint64 {
	t := uint64(s.now().UnixMilli()) << 12
	s.mu.Lock()
	defer s.mu.Unlock()
	if t <= s.last {
		t = s.last + 1
	}
	s.last = t
	return t
}

func (s *Source) fill(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.ReadFull(s.random, b); err != nil {
		panic("id: the source of random bytes failed: " + err.Error())
	}
}
