package access

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

const (
	// KeepTime is how long the secret before holds unless something else is said.
	KeepTime = 24 * time.Hour
	// MaxKeep is the longest that it may.
	MaxKeep = 30 * 24 * time.Hour
)

// serviceSecrets are the hashes of what a service may sign in by.
type serviceSecrets struct {
	current, former string
	formerUntil     int64
	disabled        bool
}

func scanServiceSecrets(s rows.Scanner) (r serviceSecrets, err error) {
	var disabled int64
	err = s.Scan(&r.current, &r.former, &r.formerUntil, &disabled)
	r.disabled = disabled != 0
	return r, err
}

// holds reports whether a secret is one of them, at a time.
func (r serviceSecrets) holds(secret string, now time.Time) bool {
	hash := []byte(hashOf(secret))
	current := subtle.ConstantTimeCompare([]byte(r.current), hash)
	former := subtle.ConstantTimeCompare([]byte(r.former), hash)
	return current == 1 || former == 1 && now.UnixMilli() < r.formerUntil
}

// RotateSecret gives a service another secret, which is told here and never
// again. The one before holds for keep, until the time given; at 0 it ends at
// once, and so do the service's sessions, which it may have begun. One that was
// kept by a rotation before ends in any case. fault.NotFound, fault.Invalid.
func (s *Service) RotateSecret(ctx context.Context, service string, keep time.Duration) (secret string, until time.Time, err error) {
	defer fault.Wrap(&err, "access.RotateSecret(%s)", service)
	if keep < 0 || keep > MaxKeep {
		return "", until, fault.WithHint(fault.New(fault.Invalid, "A secret cannot be kept for %s.", keep), "keep it for 30 days at most, or for 0 to end it at once")
	}
	p := urn.New(string(KindService), service)
	secret, hash := s.newSecret(servicePrefix)
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		a, err := find(ctx, tx, p)
		if err != nil {
			return err
		}
		now, former := s.Now().UTC(), ""
		if until = (time.Time{}); keep > 0 {
			until, former = now.Add(keep), a.secret
		}
		if _, err := tx.Exec(ctx, rotateSecret, service, hash, former, millis(until), now.UnixMilli()); err != nil {
			return err
		}
		if keep == 0 {
			if _, err := s.endAll(ctx, tx, p); err != nil {
				return err
			}
		}
		return s.Events.Append(ctx, tx, secretRotated(p, a.secret, hash, until))
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return secret, until, nil
}

func secretRotated(p urn.URN, before, after string, until time.Time) event.Event {
	var data rotation
	if !until.IsZero() {
		data.Until = until.Format(time.RFC3339)
	}
	return event.Event{Verb: "access.service.rotated", Subject: p, Before: event.Hash(before), After: event.Hash(after), Data: data}
}
