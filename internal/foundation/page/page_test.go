package page

import (
	"encoding/base64"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
)

func TestToken(t *testing.T) {
	t.Parallel()
	signer, scope := secrettest.Ring("s"), Scope("runs", "metrics.a > 1")
	at := []filter.Key{
		{Value: int64(math.MinInt64)}, {Value: 0.1}, {Value: math.Inf(-1)}, {Value: "ü\x00"}, {Value: ""},
		{Class: filter.IsNaN}, {Class: filter.HasNone},
	}
	token := Seal(signer, scope, at)
	got, err := Open(signer, scope, token)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(at, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if k, err := Open(signer, scope, ""); k != nil || err != nil {
		t.Errorf("no token: %v, %v", k, err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	raw[3] ^= 1
	for name, err := range map[string]error{
		"other scope":  second(Open(signer, Scope("runs", "metrics.a > 2"), token)),
		"other secret": second(Open(secrettest.Ring("t"), scope, token)),
		"changed":      second(Open(signer, scope, base64.RawURLEncoding.EncodeToString(raw))),
		"cut":          second(Open(signer, scope, token[:len(token)-3])),
		"length lies":  second(Open(signer, scope, base64.RawURLEncoding.EncodeToString([]byte{version, 0, 255}))),
		"not base64":   second(Open(signer, scope, "!!")),
	} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if Scope("a", "b;1:c") == Scope("a", "b", "c") {
		t.Error("two scopes are one")
	}
}

func second[T any](_ T, err error) error { return err }

// FuzzRead reads sealed but arbitrary bytes: what a secret that leaked allows.
func FuzzRead(f *testing.F) {
	f.Add([]byte{version, 2, 0, integer, 5, 1, none})
	f.Add([]byte{version, 1, 0, text, 200, 1})
	signer := secrettest.Ring("s")
	f.Fuzz(func(t *testing.T, b []byte) {
		signature := signer.Sign(signed("", b))
		token := base64.RawURLEncoding.EncodeToString(slices.Concat(b, signature, []byte{byte(len(signature))}))
		if _, err := Open(signer, "", token); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}
