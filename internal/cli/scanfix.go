package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan/fix"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/ml/pickle"
)

type scanFix struct {
	asking
	Path   string `arg:"" placeholder:"FILE" help:"Pickle or joblib file with a fitted model."`
	Output string `short:"o" required:"" placeholder:"F" help:"File to write: F.skops for models of scikit-learn, F.json for XGBoost's, F.txt for LightGBM's."`
	Force  bool   `help:"Replace F if it is there."`
	Of     string `placeholder:"models:/NAME/N" help:"Tell the server that F was made of this version's file: a version that has F comes from it."`
	Seed   uint64 `default:"1" help:"Of the rows that prove equal predictions."`
}

// Help teaches.
func (scanFix) Help() string {
	return `Writes the same model in a form that holds data alone, and proves it: rows are drawn from the model's own thresholds, means and
categories, the model in FILE and the one read back from what was written predict them, and every number is equal bit by bit. Nothing is loaded or run.

  tacit scan fix model.pkl -o model.skops
  tacit scan fix model.joblib -o model.skops --json > proof.json
  tacit scan fix model.pkl -o model.skops --of models:/churn/1
  tacit scan fix churn.pkl -o churn.json          a booster of XGBoost, in its own JSON
  tacit scan fix churn.pkl -o churn.txt           a booster of LightGBM, in its own text

What FILE does besides making the model is left out, and told line by line. Where the model itself hangs on it, or a class is not known,
nothing is written and the reason is told; docs/guide/security.md lists the classes. What was written is scanned before it is kept.
Load the result with skops.io.load("model.skops", trusted=[…]): the line "asks for" has the types that a person must trust.

Exit codes: 0 written · 1 refused, and nothing is written · 2 could not read or write · 3 there is no such file · 4 wrong usage`
}

// fixed is the document of a fix.
type fixed struct {
	Source string `json:"source"`
	File   string `json:"file"`
	*fix.Made
	Scan struct {
		Verdict string `json:"verdict"`
		Status  string `json:"status"`
	} `json:"scan"`
}

// Run makes the file, scans it, and keeps it.
func (c scanFix) Run(ctx context.Context, t *terminal) error {
	form := fix.Form(strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Output)), "."))
	if form != fix.Skops && form != fix.JSON && form != fix.Text {
		return wrongUsage(fault.WithHint(fault.New(fault.Invalid, "%s is neither a .skops nor a .json or .txt.", c.Output), "tacit scan fix %s -o %s.skops", c.Path, strings.TrimSuffix(c.Path, filepath.Ext(c.Path))))
	}
	if _, err := os.Lstat(c.Output); err == nil && !c.Force && c.Of == "" {
		return there(c.Output)
	}
	if err := writable(c.Output); err != nil {
		return err
	}
	source, closing, err := openSource(c.Path, "write its bytes to a file, and name that")
	if err != nil {
		return err
	}
	defer closing()
	if same(c.Path, c.Output) {
		return wrongUsage(fault.New(fault.Invalid, "%s and %s are the same file.", c.Path, c.Output))
	}
	if c.Of != "" && !strings.HasPrefix(c.Of, "models:/") {
		return wrongUsage(fault.New(fault.Invalid, "--of takes a version, models:/NAME/3, models:/NAME@alias or models:/NAME/Production, not %s.", c.Of))
	}
	vetting, err := pickle.NewVetting("")
	if err != nil {
		return err
	}
	made, err := fix.Fix(source.Bytes, source.Size, form, vetting, c.Seed)
	if err != nil {
		return refusedFix(err)
	}
	out := fixed{Source: c.Path, File: c.Output, Made: made}
	if err := c.check(ctx, &out); err != nil {
		return err
	}
	if !holds(c.Output, made.Bytes) {
		if err := keep(c.Output, made.Bytes, c.Force); err != nil {
			return err
		}
	}
	if !t.json {
		printFixed(t, out)
	} else if err := t.document(out); err != nil {
		return err
	}
	// The file is there and proved, whatever a server says.
	return c.tellFix(ctx, t, source, made.SHA256)
}

// there refuses to replace a file.
func there(name string) error {
	return &exit{code: ExitNo, err: fault.WithHint(fault.New(fault.Exists, "%s is there already.", name), "choose another name, or --force")}
}

// holds reports whether a file has the content, as when the command runs again because
// a server could not be told.
func holds(name string, content []byte) bool {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(content)) {
		return false
	}
	has, err := os.ReadFile(name) //nolint:gosec // the file that was named
	return err == nil && bytes.Equal(has, content)
}

// tellFix tells a server of whose file the new one was made, where that is said.
func (c scanFix) tellFix(ctx context.Context, t *terminal, source *inspect.Source, file string) error {
	if c.Of == "" {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(source.Bytes, 0, source.Size)); err != nil {
		return err
	}
	err := c.ask(ctx, t, func(server *client.Client) error {
		name, version, err := versionOf(ctx, server, strings.TrimLeft(strings.TrimPrefix(c.Of, "models:/"), "/"))
		if err != nil {
			return nothing(err)
		}
		path := "/models/" + url.PathEscape(name) + "/versions/" + strconv.FormatInt(version, 10) + "/scan/fixes"
		return nothing(server.Send(ctx, "POST", path, rest.FixBody{Source: hex.EncodeToString(sum.Sum(nil)), File: file}, nil))
	})
	if err == nil {
		return nil
	}
	t.note("%s is kept; that it was made of %s was not told: the same line again tells it", c.Output, c.Of)
	return err
}

func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// refusedFix makes a refusal exit code 1.
func refusedFix(err error) error {
	if fault.Is(err, fault.Unsupported) {
		return &exit{code: ExitNo, err: err}
	}
	return err
}

// check scans what was made: a file that is not clean is not kept.
func (c scanFix) check(ctx context.Context, out *fixed) error {
	service, err := scanner()
	if err != nil {
		return err
	}
	source, err := inspect.NewSource(c.Output, bytes.NewReader(out.Bytes), int64(len(out.Bytes)), nil)
	if err != nil {
		return err
	}
	report := service.File(ctx, source)
	a := report.Artifacts[0]
	if out.Scan.Verdict, out.Scan.Status = a.Verdict, a.Status; a.Verdict == "clean" && a.Status == "complete" {
		return nil
	}
	why := a.Reason
	if len(a.Findings) > 0 {
		why = a.Findings[0].Why + ": " + joined(a.Findings[0])
	}
	return &exit{code: ExitNo, err: fault.WithHint(fault.New(fault.Unsupported, "What was made is %s: %s. It is not kept.", a.Verdict, printable(why)),
		"the model holds it: tacit scan why %s shows where", c.Path)}
}

// keep writes a file beside its name, and gives it the name when it is whole and
// on the disk. Without replace a file that has the name meanwhile stays.
func keep(name string, content []byte, replace bool) error {
	folder := filepath.Dir(name)
	cannot := func(err error) error {
		return fault.WithHint(fault.Because(err, fault.Unavailable, "%s cannot be written.", name), "name a file in a folder that you may write to")
	}
	part, err := os.CreateTemp(folder, "."+filepath.Base(name)+".*")
	if err != nil {
		return cannot(err)
	}
	defer func() { _ = os.Remove(part.Name()) }() // nothing is there after the rename
	_, err = part.Write(content)
	if err := errors.Join(err, part.Chmod(0o644), part.Sync(), part.Close()); err != nil { //nolint:gosec // a model is for others to read
		return cannot(err)
	}
	if replace {
		err = os.Rename(part.Name(), name)
	} else if err = os.Link(part.Name(), name); errors.Is(err, os.ErrExist) {
		return there(name)
	} else if err != nil {
		err = os.Rename(part.Name(), name) // a file system without hard links
	}
	if err != nil {
		return cannot(err)
	}
	if d, err := os.Open(folder); err == nil { //nolint:gosec // the folder of the file that was named
		_ = d.Sync() // where folders can be
		_ = d.Close()
	}
	return nil
}

// printFixed tells of a file that was kept, and why it is the same model.
func printFixed(t *terminal, f fixed) {
	name := f.Model.Class[strings.LastIndexByte(f.Model.Class, '.')+1:]
	t.say("%s  %s of %s, %s  %s  sha256 %s", printable(f.File), printable(name), printable(f.Model.Library), counted(int64(f.Model.Features), "feature"), size(int64(f.Size)), f.SHA256[:8])
	where := "byte"
	if f.Unpacked {
		where = "unpacked byte"
	}
	for _, l := range f.LeftOut {
		t.say("  left out  %s at %s %d", printable(l.What), where, l.At)
	}
	missing := ""
	if f.Proof.Missing {
		missing = ", missing values among them"
	}
	t.say("  proof     %s by seed %d%s, sha256 %s", counted(int64(f.Proof.Rows), "row"), f.Proof.Seed, missing, f.Proof.Inputs)
	if l := f.Proof.Leaves; l != nil {
		t.say("            they come to %d of the %d leaves to which a row can come", l.Reached, l.Of)
	}
	for _, o := range f.Proof.Outputs {
		t.say("            %-18s %s, equal bit by bit, sha256 %s", o.Method, counted(int64(o.Columns), "column"), o.SHA256)
	}
	t.say("  scan      %s, %s", t.verdict(f.Scan.Verdict), f.Scan.Status)
	if len(f.AsksFor) > 0 {
		t.say("  asks for  %s", printable(strings.Join(f.AsksFor, ", ")))
	}
	if f.Form == fix.Skops && t.live {
		t.note("load it: skops.io.load(%q, trusted=[%s])", f.File, quotedList(f.AsksFor))
	}
}

func quotedList(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(quoted, ", ")
}
