package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

type verifyCommand struct {
	asking
	Path           string   `arg:"" placeholder:"PATH" help:"Folder or file; models:/NAME/3, models:/NAME@alias or runs:/ID/PATH for what a server keeps."`
	Key            []string `sep:"none" placeholder:"K.pub" help:"Public key that is trusted, in PEM; may be given again."`
	Root           []string `sep:"none" placeholder:"CA.pem" help:"Root certificates that are trusted, in PEM; may be given again."`
	Signature      string   `placeholder:"FILE" help:"The signature: model.sig in the folder unless set, FILE.sig beside a file."`
	IgnoreUnsigned bool     `help:"Files that were added since are told, and do no harm."`
}

// Help teaches.
func (verifyCommand) Help() string {
	return `Says whether the files are those that were signed, by a key that is trusted. Only the keys and roots that are given here are trusted, none that the signature brings.

  tacit verify models/churn --key key.pub
  tacit verify models/churn --root ca.pem
  tacit verify models/churn --key key.pub --signature churn.sig
  tacit verify models:/churn@champion --key key.pub

Signatures by "model_signing sign key" and "model_signing sign certificate" of PyPI are read as well; keyless ones are not.
Exit codes: 0 verified · 1 not: each file that was added, changed or removed is named · 2 could not do it · 3 there is no such model · 4 wrong usage`
}

// verification is the result of verifying.
type verification struct {
	Verified    bool   `json:"verified"`
	Why         string `json:"why,omitempty"` // it is not
	Model       string `json:"model"`
	Name        string `json:"name,omitempty"` // under which it was signed
	Key         string `json:"key,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Files       int    `json:"files"` // that were signed
	signing.Difference
}

// Run verifies.
func (c verifyCommand) Run(ctx context.Context, t *terminal) error {
	trust, err := c.trust()
	if err != nil {
		return wrongUsage(err)
	}
	if kept(c.Path) {
		return c.verifyKept(ctx, t, trust)
	}
	info, err := os.Stat(c.Path)
	if err != nil {
		return noFile(c.Path, err)
	}
	file := c.Signature
	if file == "" && info.IsDir() {
		file = filepath.Join(c.Path, signing.FileName)
	} else if file == "" {
		file = c.Path + ".sig"
	}
	bundle, err := readSignature(file)
	if errors.Is(err, fs.ErrNotExist) && c.Signature == "" {
		return c.tell(t, verification{Why: "it is not signed: there is no " + file})
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &exit{code: ExitNothing, err: fault.New(fault.NotFound, "There is no %s.", file)}
	}
	return c.verify(t, trust, bundle, err, func(m signing.Manifest) (signing.Manifest, error) {
		if !info.IsDir() {
			return m.NowFile(ctx, os.DirFS(filepath.Dir(c.Path)), filepath.Base(c.Path))
		}
		return m.Now(ctx, os.DirFS(c.Path), within(c.Path, file)...)
	})
}

// trust reads what is trusted.
func (c verifyCommand) trust() (t signing.Trust, err error) {
	t.At = time.Now()
	for _, file := range c.Key {
		key, err := readPEM(file, signing.ReadPublicKey)
		if err != nil {
			return t, err
		}
		t.Keys = append(t.Keys, key)
	}
	for _, file := range c.Root {
		roots, err := readPEM(file, signing.ReadCertificates)
		if err != nil {
			return t, err
		}
		t.Roots = append(t.Roots, roots...)
	}
	if len(t.Keys)+len(t.Roots) == 0 {
		return t, fault.WithHint(fault.New(fault.Invalid, "Nothing is trusted."), "give the public key with --key, or the root of certificates with --root")
	}
	return t, nil
}

// verify verifies a signature, unless it could not be read, and holds the files
// against it.
func (c verifyCommand) verify(t *terminal, trust signing.Trust, bundle signing.Bundle, err error, now func(signing.Manifest) (signing.Manifest, error)) error {
	var signed signing.Signed
	if err == nil {
		signed, err = bundle.Verify(trust)
	}
	if fault.Is(err, fault.Invalid) {
		return c.tell(t, verification{Why: fault.Sentence(err)})
	}
	if err != nil {
		return err
	}
	is, err := now(signed.Manifest)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	v := verification{Name: signed.Manifest.Name, Key: signed.Key, Certificate: signed.Certificate, Files: len(signed.Manifest.Resources)}
	if err != nil {
		v.Why = fault.Sentence(err)
		return c.tell(t, v)
	}
	v.Difference = signed.Manifest.Compare(is)
	if v.Verified = v.None(c.IgnoreUnsigned); !v.Verified {
		v.Why = "the files are not those that were signed"
	}
	return c.tell(t, v)
}

// tell prints the result, and ends the command.
func (c verifyCommand) tell(t *terminal, v verification) error {
	v.Model = c.Path
	if v.Added == nil {
		v.Difference = signing.Difference{Added: []string{}, Changed: []string{}, Removed: []string{}}
	}
	if t.json {
		if err := t.document(v); err != nil {
			return err
		}
	} else {
		word, rest := "verified", counted(int64(v.Files), "file")
		if !v.Verified {
			word, rest = "not verified", v.Why
		}
		t.say("%s  %s: %s%s", printable(c.Path), t.verdict(word), printable(rest), signedBy(v))
		for _, change := range []struct {
			word  string
			files []string
		}{{"added", v.Added}, {"changed", v.Changed}, {"removed", v.Removed}} {
			for _, file := range change.files {
				t.say("  %-8s %s", change.word, printable(file))
			}
		}
	}
	if !v.Verified {
		return answerNo()
	}
	return nil
}

func signedBy(v verification) string {
	switch {
	case v.Certificate != "":
		return "  by " + printable(v.Certificate)
	case v.Key != "":
		return "  key " + v.Key[:16]
	}
	return ""
}
