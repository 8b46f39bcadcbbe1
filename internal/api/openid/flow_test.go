package openid

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// An answer is worth something to the browser that asked, in time, and for what
// it asked: whatever of it is another's makes another state.
func TestFlowsAreBoundToTheirBrowser(t *testing.T) {
	t.Parallel()
	now, chance := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC), draw.Reader(t)
	random := func(n int) []byte {
		b := make([]byte, n)
		_, _ = chance.Read(b)
		return b
	}
	f := NewFlow("sso", "/experiments?filter=a", now, random)
	kept, ok := ParseFlow(f.String())
	if !ok || kept != f || !kept.Answers(f.state(), now.Add(access.AnswerTime-time.Second)) {
		t.Fatalf("%+v is kept as %+v", f, kept)
	}
	if kept.Answers(f.state(), now.Add(access.AnswerTime)) {
		t.Error("it answers too late")
	}
	if NewFlow("sso", f.Then, now, random).Answers(f.state(), now) {
		t.Error("another browser answers")
	}
	for name, change := range map[string]func(*Flow){
		"provider": func(f *Flow) { f.Provider = "other" }, "then": func(f *Flow) { f.Then = "/" }, "time": func(f *Flow) { f.until += 3600 },
	} {
		changed := f
		if change(&changed); changed.Answers(f.state(), now) {
			t.Errorf("it answers with another %s", name)
		}
	}
	values := []string{f.state(), f.nonce(), f.verifier(), f.secret}
	for i, v := range values {
		if len(v) != 43 || strings.Contains(strings.Join(values[i+1:], " "), v) {
			t.Errorf("%d: %q", i, v)
		}
	}
	long := NewFlow("sso", "/"+strings.Repeat("a", 9000), now, random)
	if kept, ok := ParseFlow(long.String()); !ok || !kept.Answers(long.state(), now) || kept.Then != "" {
		t.Error("a long way to go is not kept short")
	}
}

// What a browser claims to have kept is a flow or none, and never makes a state
// of less than its own secret.
func FuzzParseFlow(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	f.Add(NewFlow("sso", "/", now, func(n int) []byte { return bytes.Repeat([]byte{7}, n) }).String())
	for _, s := range []string{"", "...", "a.1.b.c", "sso.99999999999999999999.x.y", strings.Repeat(".", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, kept string) {
		flow, ok := ParseFlow(kept)
		if !ok {
			return
		}
		if len(flow.secret) != 43 || len(flow.String()) > maxKept {
			t.Errorf("%q is the flow %+v", kept, flow)
		}
		if again, ok := ParseFlow(flow.String()); !ok || again.state() != flow.state() {
			t.Errorf("%q is kept as another flow: %+v", kept, again)
		}
	})
}
