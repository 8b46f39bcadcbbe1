package access

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/hashing"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// quick are parameters that cost nothing.
var quick = hashing.Parameters{Memory: 8, Time: 1, Threads: 1}

const right = "correct horse battery"

type world struct {
	*Service
	*clock
	log *event.Log
	t   *testing.T
}

// each opens a world on each engine, in which sign-in is required, with the
// users ada (maintainer in default), vera (viewer in default), root (admin
// everywhere), and the service trainer (contributor in default).
func each(t *testing.T, test func(t *testing.T, w world)) {
	t.Helper()
	t.Parallel()
	schemas := []rows.Schema{event.Schema(), {Name: "access", Files: Room().Migrations}}
	rowstest.Each(t, schemas, func(t *testing.T, db *rows.DB) {
		c := &clock{at: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
		ids := id.NewSource(c.Now, rand.Reader)
		log := event.NewLog(db, ids, c.Now, slog.New(slog.DiscardHandler))
		s := New(Config{DB: db, Events: log, IDs: ids, Now: c.Now, Log: slog.New(slog.DiscardHandler), Hashing: quick, Required: true})
		w := world{s, c, log, t}
		for _, u := range []struct {
			name, workspace string
			role            roles.Role
		}{{"ada", "default", roles.Maintainer}, {"vera", "default", roles.Viewer}, {"root", roles.Everywhere, roles.Admin}} {
			if _, err := s.CreateUser(w.socket(), u.name, right, u.workspace, u.role); err != nil {
				t.Fatal(err)
			}
		}
		test(t, w)
	})
}

// socket is the owner of the folder.
func (w world) socket() context.Context {
	return Local(caller.With(context.Background(), caller.Local("default")))
}

// from is a request in a workspace, of nobody yet.
func from(workspace, address string) context.Context {
	c := caller.Local(workspace)
	c.Origin.Address = address
	return caller.With(context.Background(), c)
}

// enter authenticates in the workspace default.
func (w world) enter(c caller.Credentials) (context.Context, error) {
	return w.Authenticate(from("default", "192.0.2.1"), c)
}

func (w world) mustEnter(c caller.Credentials) context.Context {
	w.t.Helper()
	ctx, err := w.enter(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return ctx
}

func (w world) token(user string, scope roles.Scope, expires time.Time) string {
	w.t.Helper()
	_, secret, err := w.CreateToken(w.socket(), urn.New("user", user), "t"+w.IDs.Hex32(), scope, expires)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// ruledBy are settings with policies.
func ruledBy(cedar string) (*Settings, error) {
	text, err := yaml.Marshal(map[string]string{"policies": cedar})
	if err != nil {
		return nil, err
	}
	settings := &Settings{}
	if cedar != "" {
		err = yaml.Unmarshal(text, settings)
	}
	if err == nil {
		err = settings.Validate()
	}
	return settings, err
}

// ruled puts policies in force.
func (w world) ruled(cedar string) {
	w.t.Helper()
	settings, err := ruledBy(cedar)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Settings = func() *Settings { return settings }
}

func wants(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v, want a fault that is %s", err, kind)
	}
}

func TestWhoProvesThemselves(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		service, secret, err := w.CreateService(w.socket(), "trainer", "default", roles.Contributor)
		if err != nil {
			t.Fatal(err)
		}
		bearer, err := w.SignIn(from("default", ""), "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		machine, err := w.SignInService(from("default", ""), "trainer", secret, nil)
		if err != nil {
			t.Fatal(err)
		}
		if machine.Refresh != "" || machine.Expires != BearerTime || bearer.Refresh == "" {
			t.Errorf("a service got %+v, a user %+v", machine, bearer)
		}
		personal := w.token("ada", nil, time.Time{})
		for text, c := range map[string]caller.Credentials{
			"tacit:user/ada": {User: "ada", Password: right}, "tacit:user/ada ": {Bearer: personal}, "tacit:user/ada  ": {User: "ada", Password: personal},
			"tacit:user/ada   ": {Bearer: bearer.Token}, "tacit:service/trainer": {Bearer: machine.Token}, "tacit:service/trainer ": {User: "trainer", Password: secret},
		} {
			if got := caller.From(w.mustEnter(c)).Actor.String(); got != strings.TrimSpace(text) {
				t.Errorf("%+v proved %s, want %s", c, got, text)
			}
		}
		all, err := w.Principals(w.socket(), KindService)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Principal{service}, all, cmp.Comparer(func(a, b time.Time) bool { return a.UnixMilli() == b.UnixMilli() })); diff != "" {
			t.Error(diff)
		}
	})
}

// What is forged, another's, of another sort, too long or empty proves nobody.
func TestForgeriesProveNobody(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		bearer, err := w.SignIn(from("default", ""), "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		personal := w.token("ada", nil, time.Time{})
		changed := []byte(personal)
		changed[len(changed)-1] ^= 1
		for name, c := range map[string]caller.Credentials{
			"nothing":                  {},
			"an unreadable header":     {Unreadable: true},
			"a wrong password":         {User: "ada", Password: "wrong horse battery"},
			"no password":              {User: "ada"},
			"an unknown user":          {User: "eve", Password: right},
			"the local user":           {User: "local", Password: ""},
			"an SQL text":              {User: "ada' OR '1'='1", Password: right},
			"a NUL":                    {User: "ada\x00", Password: right},
			"another's token":          {User: "vera", Password: personal},
			"a token with one bit off": {Bearer: string(changed)},
			"the hash of a token":      {Bearer: hashOf(personal)},
			"a refresh token":          {Bearer: bearer.Refresh},
			"a bearer as a personal":   {Bearer: personalPrefix + strings.TrimPrefix(bearer.Token, bearerPrefix)},
			"alg:none":                 {Bearer: "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZGEiLCJyb2xlIjoiYWRtaW4ifQ."},
			"HS256 of an empty key":    {Bearer: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEifQ.bTQ0rYwz4V1xk3pFhQ0p5F4Uc1k6w0w8b3oV1m2R0tA"},
			"an oversized token":       {Bearer: personalPrefix + strings.Repeat("A", 60_000)},
			"an oversized password":    {User: "ada", Password: strings.Repeat("A", 60_000)},
		} {
			ctx, err := w.enter(c)
			if !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
			if err := w.Check(ctx, "run.read", urn.New("run", "1")); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s may read a run: %v", name, err)
			}
		}
	})
}

func TestDisabledIsOutAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		bearer, err := w.SignIn(from("default", ""), "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		all := []caller.Credentials{{User: "ada", Password: right}, {Bearer: w.token("ada", nil, time.Time{})}, {Bearer: bearer.Token}}
		for _, c := range all {
			w.mustEnter(c)
		}
		if err := w.SetDisabled(w.socket(), ada, true); err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			_, err := w.enter(c)
			wants(t, err, fault.Unauthenticated)
		}
		_, err = w.Refresh(from("default", ""), bearer.Refresh)
		wants(t, err, fault.Unauthenticated)
		if err := w.SetDisabled(w.socket(), ada, false); err != nil {
			t.Fatal(err)
		}
		w.mustEnter(all[0])
		w.mustEnter(all[1])
		_, err = w.enter(all[2]) // its session ended, and stays so
		wants(t, err, fault.Unauthenticated)
	})
}

func TestTokensExpireAndAreRevoked(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		short, long := w.token("ada", nil, w.Now().Add(time.Hour)), w.token("ada", nil, time.Time{})
		w.mustEnter(caller.Credentials{Bearer: short})
		w.pass(time.Hour)
		_, err := w.enter(caller.Credentials{Bearer: short})
		wants(t, err, fault.Unauthenticated)
		w.mustEnter(caller.Credentials{Bearer: long})
		all, err := w.Tokens(w.socket(), ada)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 2 || !all[1].Used.Equal(w.Now()) {
			t.Errorf("tokens: %+v", all)
		}
		if err := w.RevokeToken(w.socket(), ada, all[1].Name); err != nil {
			t.Fatal(err)
		}
		_, err = w.enter(caller.Credentials{Bearer: long})
		wants(t, err, fault.Unauthenticated)
		wants(t, w.RevokeToken(w.socket(), ada, all[1].Name), fault.NotFound)
	})
}

// Each change and each sign-in leaves its event, and no event holds a secret.
func TestEventsTellAndKeepSecrets(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada, ctx := urn.New("user", "ada"), from("default", "192.0.2.9")
		_, secret, err := w.CreateService(w.socket(), "trainer", "default", roles.Contributor)
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.SignIn(ctx, "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		token := w.token("ada", nil, time.Time{})
		_, _ = w.Authenticate(ctx, caller.Credentials{User: "mistyped secret", Password: "wrong battery"})
		_, _ = w.Authenticate(ctx, caller.Credentials{User: "mistyped-secret", Password: "wrong battery"})
		for _, err := range []error{w.SetPassword(w.socket(), "ada", "", "another battery"), w.SetDisabled(w.socket(), ada, true), w.Revoke(ctx, token)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			_, _ = w.Authenticate(ctx, caller.Credentials{Bearer: token})
		}
		all, err := w.log.List(ctx, event.Query{Workspace: "default", Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := len(all) - 1; i >= 0; i-- {
			e := all[i]
			raw, _ := e.Data.(interface{ MarshalJSON() ([]byte, error) })
			var data []byte
			if raw != nil {
				data, _ = raw.MarshalJSON()
			}
			for _, s := range []string{right, secret, b.Token, b.Refresh, token, "mistyped", "battery"} {
				if strings.Contains(string(data)+e.Subject.String()+e.Actor.String(), s) {
					t.Errorf("the event %s holds a secret", e.Verb)
				}
			}
			if !strings.HasPrefix(e.Verb, "access.role") {
				got = append(got, strings.TrimPrefix(e.Verb, "access.")+" "+e.Actor.Name()+" "+e.Subject.Name()+" "+string(e.Outcome))
			}
		}
		want := []string{
			"user.created local ada done", "user.created local vera done", "user.created local root done", "service.created local trainer done",
			"session.begun ada ada done", "token.created local ada done", "session.refused anonymous unknown refused",
			"password.changed local ada done", "user.disabled local ada done", "token.revoked ada ada done", "session.refused anonymous ada refused",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
