package access

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/hashing"
)

// An unknown user, a wrong password and a disabled user cannot be told apart:
// one sentence, and one hash for each.
func TestUsersCannotBeEnumerated(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		if err := w.SetDisabled(w.socket(), urn.New("user", "vera"), true); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, c := range []caller.Credentials{{User: "ada", Password: "wrong horse"}, {User: "eve", Password: right}, {User: "vera", Password: right}} {
			_, err := w.enter(c)
			wants(t, err, fault.Unauthenticated)
			said = append(said, fault.Sentence(err)+fault.HintOf(err))
		}
		if said[0] != said[1] || said[1] != said[2] {
			t.Errorf("the refusals differ: %q", said)
		}
		// The hash that an unknown user's password is held against costs what a
		// real one costs.
		real, err := hashing.Parse(w.Hashing.Hash(right, make([]byte, hashing.SaltSize)))
		if err != nil {
			t.Fatal(err)
		}
		nobody, err := hashing.Parse(w.nobody)
		if err != nil {
			t.Fatal(err)
		}
		if nobody.Parameters != real.Parameters || len(nobody.Salt) != len(real.Salt) || len(nobody.Key) != len(real.Key) {
			t.Errorf("an unknown user costs %+v, a known one %+v", nobody.Parameters, real.Parameters)
		}
		if ok, err := w.verify(context.Background(), "", ""); ok || err != nil {
			t.Errorf("the empty password of nobody: %v, %v", ok, err)
		}
	})
}

func TestWrongSignInsAreLimited(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.mustEnter(caller.Credentials{User: "ada", Password: right}) // a client that is at work
		for _, user := range []string{"vera", "ada", "nobody"} {
			for i := range accountTries {
				if _, err := w.enter(caller.Credentials{User: user, Password: "wrong battery"}); !fault.Is(err, fault.Unauthenticated) {
					t.Fatalf("%s, try %d: %v", user, i, err)
				}
			}
			_, err := w.enter(caller.Credentials{User: user, Password: "wrong battery"})
			wants(t, err, fault.Limit)
			if n := fault.Seconds(err, 1); n != 30 {
				t.Errorf("%s is to come again after %d s, want 30", user, n)
			}
		}
		_, err := w.enter(caller.Credentials{User: "vera", Password: right})
		wants(t, err, fault.Limit)
		w.mustEnter(caller.Credentials{User: "ada", Password: right}) // goes on
		w.pass(accountPause)
		w.mustEnter(caller.Credentials{User: "vera", Password: right})

		w.pass(addressTries * addressPause)
		for i := range addressTries {
			if _, err := w.enter(caller.Credentials{User: "u" + strings.Repeat("x", i), Password: right}); !fault.Is(err, fault.Unauthenticated) {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		_, err = w.enter(caller.Credentials{User: "root", Password: right})
		wants(t, err, fault.Limit)
		if _, err := w.Authenticate(from("default", "198.51.100.7"), caller.Credentials{User: "root", Password: right}); err != nil {
			t.Error(err)
		}
	})
}

// A password that was right from one network is held back from another as wrong
// ones are: else the limit would tell which guess is right.
func TestALimitedGuessIsNotToldByWhoIsAtWork(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		try := func(address, password string) error {
			_, err := w.Authenticate(from("default", address), caller.Credentials{User: "ada", Password: password})
			return err
		}
		if err := try("192.0.2.1", right); err != nil {
			t.Fatal(err)
		}
		for range accountTries {
			wants(t, try("203.0.113.9", "wrong battery"), fault.Unauthenticated)
		}
		for _, password := range []string{"wrong battery", right} {
			wants(t, try("203.0.113.9", password), fault.Limit)
		}
		if err := try("192.0.2.1", right); err != nil {
			t.Errorf("who is at work is kept out: %v", err)
		}
	})
}

// Where a client is at work, guesses from its own address count, are held back and
// told as any others, and find no password: what passes there does so while fewer
// guesses were held back than an address has tries.
func TestGuessesFromTheAddressOfWhoIsAtWorkAreLimited(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := caller.Credentials{User: "ada", Password: right}
		guess := func(kind fault.Kind) {
			t.Helper()
			_, err := w.enter(caller.Credentials{User: "ada", Password: "wrong battery"})
			wants(t, err, kind)
		}
		w.mustEnter(ada)
		for range accountTries {
			guess(fault.Unauthenticated)
		}
		for range addressTries - 1 {
			guess(fault.Limit)
		}
		w.mustEnter(ada) // goes on
		guess(fault.Limit)
		_, err := w.enter(ada)
		wants(t, err, fault.Limit)
		told := func() []string { return w.refusedEvents(w.socket(), "access.session.limited") }
		want := []string{"session.limited anonymous  tacit:user/ada ×1 from 192.0.2.1"}
		if diff := cmp.Diff(want, told()); diff != "" {
			t.Error(diff)
		}
		over, end := context.WithCancel(w.socket())
		end()
		if err := w.Work(over); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append(want, "session.limited anonymous  tacit:user/ada ×50 from 192.0.2.1"), told()); diff != "" {
			t.Error(diff)
		}
		w.pass(accountPause)
		w.mustEnter(ada) // by the limit, as from anywhere
	})
}

// A password is hashed anew at a sign-in when the parameters have changed.
func TestPasswordsAreHashedAnew(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		stored := func() hashing.Parsed {
			a, err := rows.One(context.Background(), w.DB.Read(), scanAccount, selectUser, "ada")
			if err != nil {
				t.Fatal(err)
			}
			p, err := hashing.Parse(a.secret)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		before := stored()
		w.Hashing = hashing.Parameters{Memory: 16, Time: 2, Threads: 1}
		if _, err := w.enter(caller.Credentials{User: "ada", Password: "wrong battery"}); err == nil || stored().Parameters != before.Parameters {
			t.Error("a wrong password was hashed")
		}
		w.mustEnter(caller.Credentials{User: "ada", Password: right})
		if got := stored(); got.Parameters != w.Hashing || bytes.Equal(got.Salt, before.Salt) {
			t.Errorf("the hash has %+v, want %+v", got.Parameters, w.Hashing)
		}
		w.mustEnter(caller.Credentials{User: "ada", Password: right})
	})
}
