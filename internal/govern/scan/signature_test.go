package scan_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// signer makes a key, and writes the public one into a folder under a name.
func signer(t *testing.T, folder, name string) signing.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	write := func(kind string, der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	k, err2 := signing.ReadPrivateKey(write("PRIVATE KEY", private, err))
	public, err3 := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err := errors.Join(err2, os.WriteFile(filepath.Join(folder, name), write("PUBLIC KEY", public, err3), 0o600)); err != nil {
		t.Fatal(err)
	}
	return signing.Signer{Key: k}
}

// signed signs the files that the room has of version 1.
func (r room) signed(t *testing.T, by signing.Signer) []byte {
	t.Helper()
	if _, err := r.Again(r.ctx, "churn", 1); err != nil {
		t.Fatal(err)
	}
	c, err := r.ContentsOf(r.ctx, "churn", 1)
	if err != nil || c.Waiting {
		t.Fatal(c.Waiting, err)
	}
	m, err := signing.Of("churn", c.Files, signing.FileName)
	if err != nil {
		t.Fatal(err)
	}
	text, err := by.Sign(rand.Reader, m)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A version is signed, its signature is held against the files and the keys of the
// policy, and the gate reads it from what is kept.
func TestSignatures(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		folder := t.TempDir()
		mine, other := signer(t, folder, "mine.pub"), signer(t, folder, "other.pub")
		r.models.roots = []string{"a", "s3://elsewhere/model", ""}
		r.files["a/model.pkl"], r.files["a/data/x"] = list, "x"
		r.settings.Locate(filepath.Join(folder, "tacit.yaml"))
		r.settings.Policy.Signature = scan.SignatureRule{Required: true, Keys: []string{"mine.pub"}}
		if err := r.settings.Validate(); err != nil {
			t.Fatal(err)
		}
		champion := scan.Target{Alias: "champion"}
		admits := func(number int64, want string) {
			t.Helper()
			_, err := r.Admit(r.ctx, "churn", number, champion)
			if want == "" && err != nil || want != "" && (!fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), want)) {
				t.Errorf("version %d: %v, want %q", number, err, want)
			}
		}
		state := func(want scan.SignatureState, why string) {
			t.Helper()
			v, err := r.SignatureOf(r.ctx, "churn", 1)
			if err != nil || v.State != want || !strings.Contains(v.Why, why) || v.Waiting {
				t.Errorf("%+v, %v, want %s", v, err, want)
			}
		}
		admits(1, "not signed")
		admits(2, "signature is not known")
		admits(3, "")
		state(scan.Unsigned, "")

		for _, text := range []string{"", "{}", `{"mediaType":"x"}`} {
			if _, err := r.SignVersion(r.ctx, "churn", 1, []byte(text)); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q was taken for a signature: %v", text, err)
			}
		}
		for _, number := range []int64{2, 3} {
			if _, err := r.SignVersion(r.ctx, "churn", number, r.signed(t, mine)); !fault.Is(err, fault.Invalid) {
				t.Errorf("version %d was signed: %v", number, err)
			}
		}
		if v, err := r.SignVersion(r.ctx, "churn", 1, r.signed(t, other)); err != nil || v.State != scan.Unverified {
			t.Errorf("%+v, %v", v, err)
		}
		state(scan.Unverified, "not trusted")
		admits(1, "does not hold: The signature is by the key "+other.Key.Public().ID())

		v, err := r.SignVersion(r.ctx, "churn", 1, r.signed(t, mine))
		if err != nil || v.State != scan.Verified || v.Key != mine.Key.Public().ID() {
			t.Errorf("%+v, %v", v, err)
		}
		admits(1, "")
		told, err := r.events.List(r.ctx, event.Query{Workspace: caller.DefaultWorkspace, Verb: "scan.signature.judged", Limit: 10})
		if err != nil || len(told) != 2 || !slices.ContainsFunc(told, func(e event.Event) bool {
			return len(e.Links) == 1 && e.Links[0].Relation == event.ApprovedBy && e.Links[0].To.String() == urn.New("key", mine.Key.Public().ID()).String()
		}) {
			t.Errorf("%+v, %v", told, err)
		}

		r.settings.Policy.Formats = []string{"pickle", "text"}
		admits(1, "")
		r.files["a/more.txt"] = "more"
		admits(1, "more.txt was added")
		delete(r.files, "a/more.txt")
		r.files["a/data/x"] = "y"
		admits(1, "data/x was changed")
		if _, err := r.Override(r.ctx, "churn", 1, "reviewed by hand"); err != nil {
			t.Fatal(err)
		}
		admits(1, "")
		delete(r.files, "a/data/x")
		admits(1, "data/x was removed")
		state(scan.Unverified, "data/x was removed")
	})
}

// A signature by shards, which is of other digests than are kept, is held against
// the files when they are judged.
func TestSignaturesByShards(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		folder := t.TempDir()
		mine := signer(t, folder, "mine.pub")
		r.models.roots = []string{"a"}
		r.files["a/model.pkl"] = list
		r.settings.Locate(filepath.Join(folder, "tacit.yaml"))
		r.settings.Policy.Signature.Keys = []string{"mine.pub"}
		if err := r.settings.Validate(); err != nil {
			t.Fatal(err)
		}
		on := t.TempDir()
		if err := os.WriteFile(filepath.Join(on, "model.pkl"), []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := signing.Hash(context.Background(), "churn", os.DirFS(on), signing.Usual(signing.FileName).ByShards())
		if err != nil {
			t.Fatal(err)
		}
		text, err := mine.Sign(rand.Reader, m)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := r.SignVersion(r.ctx, "churn", 1, text); err != nil || v.State != scan.Verified {
			t.Errorf("%+v, %v", v, err)
		}
		r.files["a/model.pkl"] += "\n"
		if _, err := r.Again(r.ctx, "churn", 1); err != nil {
			t.Fatal(err)
		}
		if v, err := r.SignatureOf(r.ctx, "churn", 1); err != nil || v.State != scan.Unverified || !slices.Equal(v.Changed, []string{"model.pkl"}) {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

// A policy that wants the provenance says what of it is not known.
func TestProvenance(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a", "s3://elsewhere/model", ""}
		r.files["a/model.pkl"] = list
		r.settings.Policy.Provenance = scan.Required
		for _, c := range []struct {
			origin scan.Origin
			number int64
			want   string
		}{
			{scan.Origin{}, 1, "it does not come from a run"},
			{scan.Origin{}, 2, "it does not come from a run"},
			{scan.Origin{}, 3, ""},
			{scan.Origin{Run: "r1"}, 1, "its run r1 names no data that it read (mlflow.log_input) and no source"},
			{scan.Origin{Run: "r1", Inputs: 1}, 1, "its run r1 names no source"},
			{scan.Origin{Run: "r1", Source: "train.py"}, 1, "its run r1 names no data"},
			{scan.Origin{Run: "r1", Source: "train.py", Inputs: 1}, 1, ""},
		} {
			r.models.origin = c.origin
			_, err := r.Admit(r.ctx, "churn", c.number, scan.Target{Stage: "Production"})
			if c.want == "" && err != nil || c.want != "" && (!fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), c.want)) {
				t.Errorf("version %d, %+v: %v, want %q", c.number, c.origin, err, c.want)
			}
		}
	})
}

// Stages and aliases have policies of their own, the first that names them.
func TestPoliciesOfStagesAndAliases(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a"}
		r.files["a/model.pkl"] = "ccompany.models\nChurn\n(tR."
		r.settings.Policy = scan.Policy{Aliases: []string{"champion"}, For: []scan.For{
			{Stages: []string{"Production"}, Aliases: []string{"prod-*"}, Unknown: scan.Deny},
			{Aliases: []string{"*-eu"}, Unknown: scan.Allow},
			{Stages: []string{"Staging"}, Formats: []string{"safetensors"}},
		}}
		if err := r.settings.Validate(); err != nil {
			t.Fatal(err)
		}
		for to, want := range map[scan.Target]string{
			{Alias: "champion"}: "", {Alias: "other"}: "", {Alias: "prod-eu"}: "suspicious", {Stage: "Production"}: "suspicious", {Stage: "Staging"}: "of the format",
		} {
			_, err := r.Admit(r.ctx, "churn", 1, to)
			if want == "" && err != nil || want != "" && (!fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), want)) {
				t.Errorf("%s: %v, want %q", to, err, want)
			}
		}
	})
}

// What is wrong with the section is told where it stands.
func TestSettingsNameThePlace(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	signer(t, folder, "k.pub")
	if err := os.WriteFile(filepath.Join(folder, "not.pem"), []byte("no"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]struct {
		line int
		text string
	}{
		"policy:\n  unknown: perhaps\n":                                       {2, "policy.unknown must be"},
		"policy:\n  stages: [Staging,\n    None]\n":                           {3, "policy.stages[1]"},
		"policy:\n  provenance: yes please\n":                                 {2, "policy.provenance"},
		"policy:\n  signature:\n    required: true\n":                         {3, "nobody is trusted"},
		"policy:\n  signature:\n    keys:\n      - k.pub\n      - none.pub\n": {5, "none.pub cannot be read"},
		"policy:\n  signature:\n    keys: [not.pem]\n":                        {3, "no public key"},
		"policy:\n  signature:\n    certificates:\n      - k.pub\n":           {4, "no certificate"},
		"policy:\n  for:\n    - unknown: deny\n":                              {3, "names no stage and no alias"},
		"policy:\n  for:\n    - stages: [Production]\n      code: never\n":    {4, "policy.for[0].code must be"},
		"policy:\n  for:\n    - stages: [Prod]\n":                             {3, "policy.for[0].stages[0] must be"},
		"policy:\n  formats:\n    - zip\n    - pikle\n":                       {4, "policy.formats[1]: there is no format \"pikle\""},
		"policy:\n  for:\n    - stages: [Production]\n    - aliases: [a]\n      stages:\n        - Staging\n        - Production\n": {7, "policy.for[1].stages[1], Production, never holds: policy.for[0]"},
		"policy:\n  for:\n    - aliases: [\"prod-*\"]\n    - aliases: [a, prod-eu]\n":                                               {4, "policy.for[1].aliases[1], prod-eu, never holds: policy.for[0]"},
		"policy:\n  for:\n    - aliases: [\"*\"]\n    - aliases:\n      - \"*\"\n":                                                  {5, "policy.for[1].aliases[0], *, never holds"},
		"policy:\n  empty: never\n": {2, "policy.empty must be"},
		"policy:\n  for:\n    - aliases: [prod]\n      signature:\n        required: true\n": {5, "nobody is trusted"},
		"policy:\n  allow:\n    - {global: a.b, reason: x}\n    - {global: c.d}\n":           {4, "policy.allow[1]"},
	} {
		var s scan.Settings
		if err := yaml.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		s.Locate(filepath.Join(folder, "tacit.yaml"))
		err := s.Validate()
		var at interface {
			At() (source string, line, column int, text, hint, written string)
		}
		if !errors.As(err, &at) || !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v has no place", text, err)
			continue
		}
		if _, line, _, told, _, _ := at.At(); line != want.line || !strings.Contains(told, want.text) {
			t.Errorf("%q: line %d: %s, want line %d, %q", text, line, told, want.line, want.text)
		}
	}
	good := scan.Settings{}
	if err := yaml.Unmarshal([]byte("policy:\n  signature: {keys: [k.pub]}\n  for:\n    - aliases: [prod-eu]\n    - aliases: [\"prod-*\"]\n    - stages: [Production]\n      signature: {required: true}\n"), &good); err != nil {
		t.Fatal(err)
	}
	good.Locate(filepath.Join(folder, "tacit.yaml"))
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

// opened counts how often files are read.
type opened struct {
	artifacts
	times map[string]int
}

func (o opened) Open(ctx context.Context, p string, part blobs.Range) (io.ReadCloser, string, error) {
	o.times[p]++
	return o.artifacts.Open(ctx, p, part)
}

// Files that are signed are not read again for that, and the report is the one that
// reading all of them gives.
func TestSignedFilesAreNotReadAgain(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		files := opened{r.files, map[string]int{}}
		r.Service.Files = files
		mine := signer(t, t.TempDir(), "mine.pub")
		r.models.roots = []string{"a"}
		r.files["a/model.pkl"], r.files["a/z.pkl"] = list, command
		for _, step := range []struct {
			change func()
			read   bool
		}{
			{func() {}, true},
			{func() { r.files["a/model.sig"] = string(r.signed(t, mine)) }, false},
			{func() { r.files["a/model.sig"] += "\n" }, false},
			{func() { r.files["a/model.sig"] = command }, false},
			{func() { delete(r.files, "a/model.sig") }, false},
			{func() { r.files["a/model.sig"], r.files["a/z.pkl"] = "{}", list }, true},
		} {
			step.change()
			clear(files.times)
			v, err := r.Again(r.ctx, "churn", 1)
			if err != nil || v.Waiting || (files.times["a/z.pkl"] > 0) != step.read {
				t.Fatalf("%v, waiting %v, read %v, want %v", err, v.Waiting, files.times, step.read)
			}
			scanner, err := scan.NewScanner(scan.ScannerConfig{Engine: "tacit test", Now: time.Now, Budget: inspect.DefaultBudget()})
			if err != nil {
				t.Fatal(err)
			}
			tree := fstest.MapFS{}
			for p, text := range r.files {
				tree[strings.TrimPrefix(p, "a/")] = &fstest.MapFile{Data: []byte(text)}
			}
			whole, err := scanner.Tree(context.Background(), "a", tree)
			if err != nil {
				t.Fatal(err)
			}
			whole.Summary.TookMS, v.Report.Summary.TookMS = 0, 0
			if diff := cmp.Diff(whole, v.Report, cmpopts.IgnoreFields(scan.Report{}, "Began"), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		}
	})
}
