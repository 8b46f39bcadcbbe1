package route

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// What is refused is told of with what was asked on what; what fails otherwise,
// and what is public, is not.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	var told []string
	var authenticated error
	face := world()
	face.Routes = append(face.Routes,
		Route{Method: "GET", Pattern: "/denies", Action: "thing.read", Scope: Whole, Serve: func(http.ResponseWriter, *http.Request, any) error { return fault.New(fault.Denied, "Not that.") }},
		Route{Method: "GET", Pattern: "/open", Public: true, Serve: func(http.ResponseWriter, *http.Request, any) error { return fault.New(fault.Denied, "Not that.") }})
	h, check, _ := door(t, func(o *Options) {
		o.Faces = []Face{face}
		o.Authenticate = func(ctx context.Context, _ caller.Credentials) (context.Context, error) { return ctx, authenticated }
		o.Refused = func(ctx context.Context, action string, object urn.URN, reason error) {
			told = append(told, caller.From(ctx).Action+" "+action+" "+object.String()+" "+fault.Sentence(reason))
		}
	})
	ask := func(targets ...string) {
		for _, target := range targets {
			h.ServeHTTP(httptest.NewRecorder(), request("GET", target))
		}
	}
	ask("/where/a", "/fails", "/open", "/nothing", "/denies")
	check.only, check.refuse = "tacit:box/c", fault.New(fault.Denied, "No.")
	ask("/several?thing=a&box=c")
	check.only, check.refuse = "", fault.New(fault.NotFound, "There is no such thing.")
	ask("/where/hidden")
	check.refuse, authenticated = nil, fault.New(fault.Unauthenticated, "Sign in first.")
	ask("/where/a")
	authenticated = fault.New(fault.Denied, "No part in it.")
	ask("/where/a")
	want := []string{
		"thing.read thing.read  Not that.", "thing.read box.open tacit:box/c No.",
		"thing.read thing.read tacit:thing/hidden There is no such thing.", "thing.read thing.read  No part in it.",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

// A client of an API is told in its language also when its workspace is none.
func TestARefusedPathIsToldByItsFace(t *testing.T) {
	t.Parallel()
	api := Face{Name: "api", Owns: func(_ *http.Request, p string) bool { return strings.HasPrefix(p, "/api/") },
		Fail: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "api")
		}}
	h, _, _ := door(t, func(o *Options) { o.Faces = []Face{api, world()} })
	for _, target := range []string{"/w/NO/api/x", "/w/-/api/x", "//api/x", "/api/../api/x", "/w/team/api//x"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request("POST", target))
		if w.Code != 400 || w.Body.String() != "api" {
			t.Errorf("%s: got %d %q", target, w.Code, w.Body)
		}
	}
}

func TestTheLogKnowsWhatTheUserDoesNot(t *testing.T) {
	t.Parallel()
	h, _, log := door(t, nil)
	h.ServeHTTP(httptest.NewRecorder(), request("GET", "/fails"))
	if text := log.String(); !strings.Contains(text, "secret detail") || !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "request=request-1") {
		t.Errorf("the log:\n%s", text)
	}
}

// TestAnAnswerThatBreaksIsNotTakenForWhole: what fails after the answer has
// begun ends the connection, and the log knows why.
func TestAnAnswerThatBreaksIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	h, _, log := door(t, nil)
	server := httptest.NewServer(h)
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL+"/breaks", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err == nil {
		var body []byte
		body, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err == nil {
			t.Errorf("the answer %q seems whole", body)
		}
	}
	server.Close()
	if text := log.String(); !strings.Contains(text, "secret detail") || !strings.Contains(text, "level=ERROR") {
		t.Errorf("the log:\n%s", text)
	}
}

// A client that goes away is no fault of tacit: its request is told as what it is, and
// what fails while a client is there, or for another reason, as an error.
func TestAClientThatGoesAway(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		gone bool
		err  error
		want string
	}{
		"gone":                   {true, fmt.Errorf("artifact.Put(a): %w", context.Canceled), "level=INFO msg=request request=request-1 method=GET path=/slow status=499"},
		"there, and it stops":    {false, context.Canceled, "level=ERROR msg=request request=request-1 method=GET path=/slow status=500"},
		"gone, and a disk fails": {true, fault.New(fault.Internal, "The disk fails."), "level=ERROR msg=request request=request-1 method=GET path=/slow status=500"},
	} {
		face := world()
		face.Routes = append(face.Routes, Route{Method: "GET", Pattern: "/slow", Action: "thing.read", Scope: Whole, Serve: func(http.ResponseWriter, *http.Request, any) error { return test.err }})
		observed := 0
		h, _, log := door(t, func(o *Options) {
			o.Faces = []Face{face}
			o.Observe = func(_, _, _ string, status int, _ time.Duration) { observed = status }
		})
		r := request("GET", "/slow")
		ctx, cancel := context.WithCancel(r.Context())
		if test.gone {
			cancel()
		}
		h.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
		cancel()
		if text := log.String(); !strings.Contains(text, test.want) || !strings.Contains(test.want, fmt.Sprint(observed)) {
			t.Errorf("%s: counted as %d, the log:\n%s", name, observed, text)
		}
	}
}
