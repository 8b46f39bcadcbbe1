package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

func (w world) rotate(keep time.Duration) string {
	w.t.Helper()
	secret, until, err := w.RotateSecret(w.socket(), "trainer", keep)
	if err != nil {
		w.t.Fatal(err)
	}
	if want := w.Now().Add(keep); keep > 0 && !until.Equal(want) || keep == 0 && !until.IsZero() {
		w.t.Errorf("the secret before is kept for %s until %s", keep, until)
	}
	return secret
}

// holds says which secrets prove the service, by basic credentials and at /token.
func (w world) holds(secrets ...string) (which []bool) {
	w.t.Helper()
	for i, secret := range secrets {
		_, basic := w.enter(caller.Credentials{User: "trainer", Password: secret})
		_, token := w.SignInService(from("default", "192.0.2.1"), "trainer", secret, nil)
		for _, err := range []error{basic, token} {
			if err != nil && !fault.Is(err, fault.Unauthenticated) {
				w.t.Fatal(err)
			}
		}
		if (basic == nil) != (token == nil) {
			w.t.Errorf("secret %d: basic credentials %v, /token %v", i, basic, token)
		}
		which = append(which, basic == nil)
	}
	return which
}

// The new secret holds at once, the one before for the time that was said and no
// longer; only the last one before is ever kept.
func TestSecretsAreRotated(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		_, first, err := w.CreateService(w.socket(), "trainer", "default", roles.Contributor)
		if err != nil {
			t.Fatal(err)
		}
		check := func(when string, got []bool, want ...bool) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v hold, want %v", when, got, want)
			}
		}
		second := w.rotate(KeepTime)
		check("rotated", w.holds(first, second), true, true)
		w.pass(KeepTime - time.Millisecond)
		check("just before the end", w.holds(first, second), true, true)
		w.pass(time.Millisecond)
		check("at the end", w.holds(first, second), false, true)

		third := w.rotate(MaxKeep)
		w.pass(time.Hour)
		fourth := w.rotate(time.Hour)
		check("rotated twice in the time", w.holds(first, second, third, fourth), false, false, true, true)
		w.pass(time.Hour)
		check("the later one's time", w.holds(first, second, third, fourth), false, false, false, true)
	})
}

// A secret that is not kept ends at once, with what it began.
func TestARotatedSecretEndsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		_, first, err := w.CreateService(w.socket(), "trainer", "default", roles.Contributor)
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.SignInService(from("default", ""), "trainer", first, nil)
		if err != nil {
			t.Fatal(err)
		}
		second := w.rotate(KeepTime)
		w.mustEnter(caller.Credentials{Bearer: b.Token})
		third := w.rotate(0)
		if got := w.holds(first, second, third); !slices.Equal(got, []bool{false, false, true}) {
			t.Errorf("%v hold", got)
		}
		_, err = w.enter(caller.Credentials{Bearer: b.Token})
		wants(t, err, fault.Unauthenticated)
	})
}

// What cannot be rotated is told, and changes nothing; what was leaves its event,
// which holds no secret.
func TestRotationsAreCheckedAndTold(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		_, first, err := w.CreateService(w.socket(), "trainer", "default", roles.Contributor)
		if err != nil {
			t.Fatal(err)
		}
		for _, keep := range []time.Duration{-time.Second, MaxKeep + time.Second} {
			_, _, err := w.RotateSecret(w.socket(), "trainer", keep)
			wants(t, err, fault.Invalid)
		}
		_, _, err = w.RotateSecret(w.socket(), "ada", KeepTime)
		wants(t, err, fault.NotFound)
		second := w.rotate(KeepTime)
		third := w.rotate(0)
		all, err := w.log.List(w.socket(), event.Query{Workspace: "default", Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		var told []event.Event
		for _, e := range all {
			if e.Verb == "access.service.rotated" {
				told = append(told, e)
			}
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{first, second, third, hashOf(first), hashOf(second), hashOf(third)} {
				if strings.Contains(string(text), secret) {
					t.Errorf("%s tells a secret", e.Verb)
				}
			}
		}
		if len(told) != 2 {
			t.Fatalf("%d rotations are told", len(told))
		}
		later, sooner := told[0], told[1]
		if sooner.Before == "" || sooner.After != later.Before || later.After == later.Before || sooner.Subject.String() != "tacit:service/trainer" {
			t.Errorf("told are %+v and %+v", sooner, later)
		}
		if got, want := fmt.Sprintf("%s", sooner.Data), w.Now().Add(KeepTime).Format(time.RFC3339); !strings.Contains(got, want) {
			t.Errorf("the data is %s, want one with %s", got, want)
		}
	})
}
