package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-isatty"

	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	form "github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// Exit codes, the same for every command.
const (
	ExitYes         = 0   // yes, done
	ExitNo          = 1   // the answer is no
	ExitFailed      = 2   // could not do it
	ExitNothing     = 3   // nothing to do it to
	ExitUsage       = 4   // wrong usage
	ExitInterrupted = 130 // stopped by the person
)

// exit ends a command with a code and, when err is not nil, its message.
type exit struct {
	code int
	err  error
}

// Error is the message.
func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

// Unwrap gives the reason.
func (e *exit) Unwrap() error { return e.err }

// answerNo ends a command whose answer is no and was already told.
func answerNo() error { return &exit{code: ExitNo} }

// terminal is where a command speaks: results to out, everything else to err.
type terminal struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	json   bool
	quiet  bool
	colour bool
	live   bool // err is a terminal: progress may rewrite its line
}

func newTerminal(in io.Reader, out, errs io.Writer, g *globals) *terminal {
	t := &terminal{in: in, out: out, err: errs, json: g.JSON, quiet: g.Quiet, live: isTerminal(errs)}
	switch g.Color {
	case "always":
		t.colour = true
	case "never":
	default:
		t.colour = isTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return t
}

func isTerminal(w any) bool {
	if c, ok := w.(*checked); ok {
		w = c.Writer
	}
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// say prints a line of the result.
func (t *terminal) say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.out, format+"\n", args...)
}

// note prints a line beside the result: progress, notices. What others wrote into it
// does not speak to the terminal.
func (t *terminal) note(format string, args ...any) {
	if !t.quiet {
		_, _ = fmt.Fprintln(t.err, form.Shown(fmt.Sprintf(format, args...)))
	}
}

// document prints one JSON document, the result under --json.
func (t *terminal) document(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s\n", b)
	return err
}

// result prints the result as JSON or as a line.
func (t *terminal) result(v any, format string, args ...any) error {
	if t.json {
		return t.document(v)
	}
	t.say(format, args...)
	return nil
}

// verdict colours a word that judges; without colours the word says it all.
func (t *terminal) verdict(word string) string {
	code := map[string]string{"ok": "32", "pass": "32", "warn": "33", "fail": "31", "error": "31",
		"clean": "32", "unknown": "33", "suspicious": "33", "malicious": "31", "LOW": "2", "MEDIUM": "33", "HIGH": "31", "CRITICAL": "31"}[word]
	if !t.colour || code == "" {
		return word
	}
	return "\x1b[" + code + "m" + word + "\x1b[0m"
}

// columns prints rows in columns two spaces apart, indented by two, the last
// column free.
func (t *terminal) columns(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString("  ")
			shown := cell
			if i == 0 {
				shown = t.verdict(cell)
			}
			b.WriteString(shown)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
			}
		}
		t.say("%s", strings.TrimRight(b.String(), " "))
	}
}

// reason is what lies below a failure in a person's words: without the paths of
// operations, and of several reasons the last.
func reason(err error) string {
	var f *fault.Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all := joined.Unwrap()
		return reason(all[len(all)-1])
	}
	if !errors.As(err, &f) {
		return err.Error()
	}
	sentence := strings.TrimSuffix(f.Message, ".")
	switch {
	case f.Cause == nil:
		return sentence
	case sentence == "":
		return reason(f.Cause)
	}
	return sentence + ": " + reason(f.Cause)
}

// fail tells err as the terminal does and gives the exit code. Names of files and what
// files and servers say stand in errors: they do not speak to the terminal.
func (t *terminal) fail(err error) int {
	code := ExitFailed
	var e *exit
	if errors.As(err, &e) {
		code = e.code
		if e.err == nil {
			return code
		}
		err = e.err
	}
	message, hint, excerpt := err.Error(), fault.HintOf(err), ""
	var f *fault.Error
	if errors.As(err, &f) && f.Message != "" {
		message = strings.TrimSuffix(f.Message, ".")
		if f.Cause != nil && f.Kind != fault.Invalid {
			message += ": " + reason(f.Cause)
		}
	}
	var p *config.Problem
	if errors.As(err, &p) {
		excerpt = p.Excerpt()
	}
	_, _ = fmt.Fprintf(t.err, "%s: %s\n", t.verdict("error"), form.Shown(message))
	if excerpt != "" {
		_, _ = fmt.Fprintln(t.err, excerpt)
	}
	if hint != "" {
		_, _ = fmt.Fprintf(t.err, "  hint: %s\n", form.Shown(hint))
	}
	return code
}
