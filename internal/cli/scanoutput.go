package cli

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// writable says before anything is done whether a result can be kept in a file:
// one whose folder is missing would be known only when the work is over. Nothing is
// there afterwards that was not there before.
func writable(at string) error {
	if at == "" {
		return nil
	}
	folder := filepath.Dir(at)
	refused := func(err error, hint string, args ...any) error {
		return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "%s cannot be written: %s.", at, why(err)), hint, args...)}
	}
	info, err := os.Stat(at)
	switch {
	case err == nil && info.IsDir():
		return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "%s is a folder.", at), "name a file in it: -o %s", filepath.Join(at, "report.json"))}
	case err == nil && !info.Mode().IsRegular():
		return nil // a pipe or a device: who opens it may have to wait
	case err == nil:
		f, err := os.OpenFile(at, os.O_WRONLY, 0)
		if err != nil {
			return refused(err, "name a file that you may write")
		}
		return f.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return refused(err, "name a file in a folder that you may write to")
	}
	switch info, err := os.Stat(folder); {
	case err != nil:
		return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "%s cannot be written: there is no folder %s.", at, folder), "make it: mkdir -p %s", folder)}
	case !info.IsDir():
		return &exit{code: ExitUsage, err: fault.WithHint(fault.New(fault.Invalid, "%s cannot be written: %s is no folder.", at, folder), "name a file in a folder that you may write to")}
	}
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return refused(err, "name a file in a folder that you may write to")
	}
	return errors.Join(f.Close(), os.Remove(at))
}

// writeFile keeps what write gives in a file, when one is named.
func writeFile(at string, write func(io.Writer) error) error {
	if at == "" {
		return nil
	}
	var text bytes.Buffer
	err := write(&text)
	if err == nil {
		err = os.WriteFile(at, text.Bytes(), 0o644) //nolint:gosec // a report is for others to read
	}
	if err != nil {
		return fault.Because(err, fault.Unavailable, "The report cannot be written to %s.", at)
	}
	return nil
}

// despite is the end of a command with an answer whose report could not be told:
// the failure is told, and hides no finding. Only where the answer was yes the exit
// code is that of the failure.
func (t *terminal) despite(failed, answer error) error {
	if failed == nil {
		return answer
	}
	code := t.fail(failed)
	if answer == nil {
		answer = &exit{code: code}
	}
	return answer
}
