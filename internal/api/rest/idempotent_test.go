package rest

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/idempotency"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

func TestARequestWithAKeyIsCarriedOutOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const at, sent = "/w/team/api/v1/experiments", `{"name":"churn"}`
		first := w.send("POST", at, sent, keyHeader, "k1")
		again := w.send("POST", at, sent, keyHeader, "k1")
		if first.Code != 201 || again.Code != 201 || first.Header().Get(replayedHeader) != "" || again.Header().Get(replayedHeader) != "true" {
			t.Fatalf("%d %v, then %d %v", first.Code, first.Header(), again.Code, again.Header())
		}
		for _, name := range []string{"Location", "Content-Type"} {
			if got := again.Header().Get(name); got == "" || got != first.Header().Get(name) {
				t.Errorf("%s: %q, first %q", name, got, first.Header().Get(name))
			}
		}
		if diff := cmp.Diff(first.Body.String(), again.Body.String()); diff != "" {
			t.Error(diff)
		}
		// Another request with the key, told apart by each of its parts.
		for _, r := range [][3]string{{"POST", at, `{"name":"other"}`}, {"POST", at, ""}, {"POST", at + "?x=1", sent}, {"POST", at + "/1/restore", sent}, {"PUT", at + "/1/tags/a", sent}} {
			if p := must[problem](t, w, 422, r[0], r[1], r[2], keyHeader, "k1"); p.Hint == "" {
				t.Errorf("%v: %+v", r, p)
			}
		}
		// The key of another workspace is another key; so is none.
		must[ExperimentBody](t, w, 201, "POST", "/api/v1/experiments", sent, keyHeader, "k1")
		must[problem](t, w, 409, "POST", at, sent)
		// A refusal is an answer as well.
		must[problem](t, w, 409, "POST", at, sent, keyHeader, "k2")
		w.done(t, "PATCH", at+"/1", `{"name":"renamed"}`)
		must[problem](t, w, 409, "POST", at, sent, keyHeader, "k2")
		must[ExperimentBody](t, w, 201, "POST", at, sent, keyHeader, "k3")
		// An answer without content, again.
		for range 2 {
			must[struct{}](t, w, 204, "PUT", at+"/1/tags/a", `{"value":"b"}`, keyHeader, "k4")
		}
		// What reads takes no notice.
		must[ExperimentBody](t, w, 200, "GET", at+"/1", "", keyHeader, "k1")
		// A day later the key is free.
		w.now = w.now.Add(idempotency.Kept)
		must[problem](t, w, 409, "POST", at, sent, keyHeader, "k1")
	})
}

func TestKeysThatAreNone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, header := range [][]string{{keyHeader, ""}, {keyHeader, strings.Repeat("k", 256)}, {keyHeader, "a b"}, {keyHeader, "a", keyHeader, "b"}} {
			must[problem](t, w, 400, "POST", "/api/v1/experiments", `{"name":"a"}`, header...)
		}
		must[problem](t, w, 413, "POST", "/api/v1/experiments", `{"name":"`+strings.Repeat("a", maxBody)+`"}`, keyHeader, "k")
		must[ExperimentBody](t, w, 201, "POST", "/api/v1/experiments", `{"name":"a"}`, keyHeader, "k")
	})
}

// Of many that come at once one is carried out; the others get its answer, or
// are told to come again.
func TestRequestsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var (
			group            sync.WaitGroup
			done, replayed   atomic.Int32
			answers, refused sync.Map
		)
		for range 16 {
			group.Go(func() {
				for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
					answer := w.send("POST", "/api/v1/experiments/0/runs", `{}`, keyHeader, "k")
					switch {
					case answer.Code == 409 && answer.Header().Get("Retry-After") == "1":
						time.Sleep(time.Millisecond)
						continue
					case answer.Code != 201:
						refused.Store(answer.Body.String(), answer.Code)
					case answer.Header().Get(replayedHeader) == "true":
						replayed.Add(1)
						answers.Store(answer.Body.String(), true)
					default:
						done.Add(1)
						answers.Store(answer.Body.String(), true)
					}
					return
				}
				t.Error("asked to come again without end")
			})
		}
		group.Wait()
		n := 0
		answers.Range(func(any, any) bool { n++; return true })
		refused.Range(func(body, code any) bool { t.Errorf("%v: %v", code, body); return true })
		if done.Load() != 1 || replayed.Load() != 15 || n != 1 {
			t.Errorf("%d carried out, %d replayed, %d answers", done.Load(), replayed.Load(), n)
		}
		if runs := must[Page[RunBody]](t, w, 200, "GET", "/api/v1/runs?experiment=0", ""); len(runs.Items) != 1 {
			t.Errorf("%d runs", len(runs.Items))
		}
	})
}

// An answer that asks to come again, or fails, is not kept; what it changed all
// the same is not changed again.
func TestFailuresAreNotKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := &face{Services: Services{Answers: idempotency.New(w.db, w.ids, func() time.Time { return w.now })}}
		calls := 0
		ask := func(key string, status int, change func(context.Context)) *httptest.ResponseRecorder {
			r := httptest.NewRequest("POST", "/x", nil)
			r = r.WithContext(caller.With(r.Context(), caller.Local("default")))
			r.Header.Set(keyHeader, key)
			answer := httptest.NewRecorder()
			err := f.once(answer, r, operation{}, nil, func(rw http.ResponseWriter, r *http.Request) error {
				calls++
				change(r.Context())
				rw.WriteHeader(status)
				return nil
			})
			if err != nil {
				fail(answer, r, err)
			}
			return answer
		}
		nothing := func(context.Context) {}
		for _, status := range []int{503, 429, 500, 201, 500, 200} {
			ask("a", status, nothing)
		}
		if got := ask("a", 500, nothing); got.Code != 201 || calls != 4 {
			t.Errorf("%d after %d calls, want the 201 of the fourth", got.Code, calls)
		}
		writes := func(ctx context.Context) {
			if err := w.db.Write(ctx, func(*rows.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if got := ask("b", 500, writes); got.Code != 500 {
			t.Errorf("%d, want 500", got.Code)
		}
		calls = 0
		if got := ask("b", 200, writes); got.Code != 409 || calls != 0 || got.Header().Get("Retry-After") != "" {
			t.Errorf("%d %v after %d calls, want a 409 that does not ask to come again", got.Code, got.Header(), calls)
		}
		func() {
			defer func() { _ = recover() }()
			ask("c", 200, func(context.Context) { panic("lost its way") })
		}()
		if got := ask("c", 200, nothing); got.Code != 200 {
			t.Errorf("%d after a panic, want 200", got.Code)
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{`1`, `-0.5e-3`, `"NaN"`, `"Infinity"`, `"-Infinity"`, `null`, `"1"`, `1e999`, `{}`, ` 1`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n Number
		if json.Unmarshal([]byte(s), &n) != nil {
			return
		}
		b, err := json.Marshal(n)
		if err != nil {
			t.Fatalf("%q reads as %v and cannot be written: %v", s, n, err)
		}
		var back Number
		if err := json.Unmarshal(b, &back); err != nil || (back != n && !(math.IsNaN(float64(back)) && math.IsNaN(float64(n)))) {
			t.Errorf("%q reads as %v, is written as %s and reads back as %v, %v", s, n, b, back, err)
		}
	})
}
