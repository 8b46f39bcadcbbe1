package data

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// session is one command line that is carried out.
type session struct {
	Terminal
	*globals
	ctx  context.Context
	args []string
	cwd  string
	repo *repository.Repository
}

// failure ends a command with a code.
type failure struct {
	code   int
	before string // what dvc says before the message
	err    error  // nil where all was said already
}

// Error is the message.
func (f *failure) Error() string { return fmt.Sprintf("%s%v", f.before, f.err) }

// Unwrap gives the reason.
func (f *failure) Unwrap() error { return f.err }

// caught is how most commands fail: with 1, and with what they were about.
func caught(about string, err error) error {
	if err == nil || isFailure(err) {
		return err
	}
	if errors.Is(err, repository.ErrPatternsInData) {
		return err // dvc does not catch it
	}
	if about != "" {
		about += " - "
	}
	return &failure{1, about, err}
}

func isFailure(err error) bool {
	_, is := errors.AsType[*failure](err)
	return is
}

// answer ends a command with a code, all being said.
func answer(code int) error { return &failure{code: code} }

// fail tells of an error and gives the exit code.
func (s *session) fail(err error) int {
	if err == nil {
		return 0
	}
	code, before := 255, ""
	if f, ok := errors.AsType[*failure](err); ok {
		if f.err == nil {
			return f.code
		}
		code, before, err = f.code, f.before, f.err
	}
	if s.ctx.Err() != nil {
		s.complain("interrupted by the user")
		return 252
	}
	var f *fault.Error
	message := err.Error()
	if errors.As(err, &f) && f.Message != "" {
		if message = f.Message; f.Kind == fault.Unavailable || f.Kind == fault.Internal {
			if cause := lowest(f); cause != "" && !strings.Contains(message, cause) {
				message = strings.TrimSuffix(message, ".") + ": " + cause
			}
		}
	}
	hint := fault.HintOf(err)
	if place, is := full(err); is && hint == "" {
		message, hint = "There is no room in "+place+": the disk is full.", "make room, and say the command again"
	}
	s.complain(before + message)
	if hint != "" {
		s.hint(hint)
	}
	return code
}

// full says whether a failure is of a disk without room, and in which folder.
func full(err error) (folder string, is bool) {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return "", false
	}
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return filepath.Dir(at.Path), true
	}
	return "a folder", true
}

// hint tells what to do next.
func (s *session) hint(text string) {
	if !s.Quiet {
		_, _ = fmt.Fprintf(s.Errs, "  hint: %s\n", text)
	}
}

// lowest is the reason below a fault, in the system's words.
func lowest(err error) string {
	for {
		below := errors.Unwrap(err)
		if below == nil {
			return err.Error()
		}
		err = below
	}
}

// complain prints an error, as dvc's log does.
func (s *session) complain(message string) {
	if !s.Quiet {
		_, _ = fmt.Fprintf(s.Errs, "ERROR: %s\n", message)
	}
}

// warn prints a warning, as dvc's log does.
func (s *session) warn(message string) {
	if !s.Quiet {
		_, _ = fmt.Fprintf(s.Errs, "WARNING: %s\n", message)
	}
}

// say prints a line of the result.
func (s *session) say(format string, args ...any) {
	if !s.Quiet {
		_, _ = fmt.Fprintf(s.Out, format+"\n", args...)
	}
}

// environment is what repositories take from around the program.
func (s *session) environment() repository.Environment {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "/"
	}
	return repository.Environment{Getenv: os.Getenv, Home: home, Chance: rand.Reader, Now: time.Now}
}

// open opens the repository that the person is in.
func (s *session) open() (*repository.Repository, error) {
	if s.repo != nil {
		return s.repo, nil
	}
	root, err := repository.Find(s.cwd)
	if errors.Is(err, repository.ErrOutside) {
		return nil, &failure{253, "", err}
	}
	if err != nil {
		return nil, err
	}
	s.repo, err = repository.Open(root, s.environment())
	if fault.Is(err, fault.Invalid) {
		return nil, &failure{251, "configuration error - ", err}
	}
	return s.repo, err
}

// working is the working copy that a command changes.
func (s *session) working() (workingcopy.Config, error) {
	r, err := s.open()
	if err != nil {
		return workingcopy.Config{}, err
	}
	c := workingcopy.Config{Repo: r, Cwd: s.cwd, Command: strings.Join(append([]string{"tacit", "data"}, s.args...), " "), Wait: s.WaitForLock, Warn: s.warn, Say: func(text string) { s.say("%s", text) }}
	if s.Ask {
		c.Confirm = s.confirm
	}
	return c, nil
}

// confirm asks a question until it is answered.
func (s *session) confirm(question string) bool {
	in := bufio.NewReader(s.In)
	for {
		_, _ = fmt.Fprintf(s.Out, "%s [y/n]: ", question)
		line, err := in.ReadString('\n')
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return true
		case "n", "no":
			return false
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.warn(err.Error())
			}
			return false
		}
		s.say("Your response must be one of: ['yes', 'no', 'y', 'n']. Please try again.")
	}
}

// track tells which files git should be told of.
func (s *session) track(files []string) {
	if len(files) == 0 {
		return
	}
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = quote(f)
	}
	s.say("\nTo track the changes with git, run:\n\n\tgit add %s", strings.Join(quoted, " "))
	s.say("\nTo enable auto staging, run:\n\n\tdvc config core.autostage true")
}

// quote is a word of a shell's command line, as Python's shlex quotes it.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./-_", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
}
