package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-ml/tacit/internal/cli/peer"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan/compat"
	form "github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// answerAs prints what modelscan or picklescan itself would answer.
func (c scanFile) answerAs(ctx context.Context, t *terminal) error {
	path := c.Paths[0]
	if c.Format != form.ModelScan && c.Format != form.PickleScan {
		return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "--strict-compat is of modelscan and picklescan alone."), "tacit scan %s --format modelscan --strict-compat", path)}
	}
	switch {
	case c.FailOn != "":
		return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "--fail-on is not carried out with --strict-compat: %s has no such option, and its exit codes are the answer.", c.Format),
			"tacit scan %s --format %s --fail-on %s", path, c.Format, c.FailOn)}
	case c.Strict && c.Format == form.ModelScan:
		return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "--strict is not carried out with --strict-compat: modelscan has no such option, and its exit codes are the answer."),
			"tacit scan %s --format modelscan --strict", path)}
	}
	if len(c.Paths) > 1 {
		return &exit{code: ExitUsage, err: fault.New(fault.Invalid, "--strict-compat takes one file or folder.")}
	}
	if kept(path) || path == "-" {
		return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "--strict-compat reads files of this machine: %s is none.", path), "write it to a file, and scan that")}
	}
	if _, err := os.Stat(path); err != nil {
		return noFile(path, err)
	}
	write, code, err := c.answer(ctx, path)
	if err != nil {
		return fault.Because(err, fault.Unavailable, "%s cannot be read.", path)
	}
	var answer error
	if code != ExitYes {
		answer = &exit{code: code}
	}
	return t.despite(errors.Join(write(t.shown()), writeFile(c.Output, write)), answer)
}

// answer is a writer of the other program's answer, and its exit code.
func (c scanFile) answer(ctx context.Context, path string) (func(io.Writer) error, int, error) {
	if c.Format == form.PickleScan {
		at, err := filepath.Abs(path)
		if err != nil {
			return nil, 0, err
		}
		p, err := peer.PickleScanCompat(ctx, at, compat.PickleScanOptions{Strict: c.Strict})
		return func(w io.Writer) error { return form.WritePickleScan(w, p, "INFO", false) }, p.ExitCode(), err
	}
	r, err := peer.ModelScanCompat(ctx, path, compat.DefaultModelScan())
	if err != nil {
		return nil, 0, err
	}
	r.At = time.Now()
	if r.Unhandled != "" {
		return nil, 0, fault.New(fault.Unavailable, "modelscan would stop at: %s", r.Unhandled)
	}
	return r.JSON, r.ExitCode(), nil
}

// shown is standard output, where a report says what files say: a terminal is not
// spoken to.
func (t *terminal) shown() io.Writer {
	if isTerminal(t.out) {
		return form.Visible(t.out)
	}
	return t.out
}
