package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// As is the version of dvc whose commands these are.
const As = "3.67.1"

// Terminal is where a command speaks, and what it takes from around it.
type Terminal struct {
	In        io.Reader
	Out, Errs io.Writer
	Version   string // tacit's
	Program   string // how hooks of git are to call tacit
	Local     string // where a server of this machine answers, unless it is told to listen elsewhere: http://127.0.0.1:5000
	// Ask says whether there is a person who can be asked: the output is a terminal.
	Ask bool
}

// globals are the flags that every command takes.
type globals struct {
	Quiet       bool   `short:"q" help:"Be quiet."`
	Verbose     int    `short:"v" type:"counter" help:"Be verbose."`
	Cd          string `placeholder:"<path>" default:"." help:"Change to directory before executing."`
	WaitForLock bool   `help:"Wait for the lock if it is already held by another process, instead of failing immediately."`
}

type grammar struct {
	globals
	commands
}

// Run runs a command line and gives its exit code.
func Run(ctx context.Context, t Terminal, args []string) int {
	if asksVersion(args) {
		_, _ = fmt.Fprintln(t.Out, As)
		return 0
	}
	g := &grammar{}
	s := &session{ctx: ctx, Terminal: t, globals: &g.globals, args: args}
	ended := -1
	parser, err := kong.New(g, kong.Name("tacit data"), kong.Description("Data Version Control, as dvc "+As+" has it."), kong.Writers(t.Out, t.Errs),
		kong.Exit(func(code int) { ended = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.KindMapper(reflect.String, kong.MapperFunc(asItIs)))
	if err != nil {
		return s.fail(err)
	}
	parsed, err := parser.Parse(spelled(args))
	if len(args) == 0 && ended == 0 { // what there is was printed
		s.complain("the following arguments are required: command")
		return 254
	}
	switch {
	case ended >= 0:
		return ended
	case err != nil:
		return s.misused(parser, err)
	}
	if err := s.enter(g.Cd); err != nil {
		return s.fail(err)
	}
	parsed.Bind(s)
	return s.fail(parsed.Run())
}

// asksVersion says whether a line asks for the version: before any command, among the
// flags that every command takes.
func asksVersion(args []string) bool {
	for i := 0; i < len(args) && strings.HasPrefix(args[i], "-"); i++ {
		switch a := args[i]; {
		case a == "--version", a == "-V":
			return true
		case a == "--cd":
			i++
		case a == "--quiet", a == "--verbose", a == "--wait-for-lock", strings.HasPrefix(a, "--cd="), strings.Trim(a, "qv") == "-":
		default:
			return false
		}
	}
	return false
}

// asItIs takes a text byte by byte: names of files need not be UTF-8.
func asItIs(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	target.SetString(fmt.Sprint(token.Value))
	return nil
}

// misused tells that a command line is none, with the help of what was read of it.
func (s *session) misused(parser *kong.Kong, err error) int {
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil {
		_ = p.Context.PrintUsage(true)
	}
	_, _ = fmt.Fprintf(s.Errs, "ERROR: %s\n", err)
	if _, known := errors.AsType[*kong.ParseError](err); !known {
		_, _ = fmt.Fprintf(s.Errs, "  hint: %s --help shows what there is\n", parser.Model.Name)
	}
	return 254
}

// enter goes to another folder, as --cd asks.
func (s *session) enter(folder string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	if s.cwd = folder; !filepath.IsAbs(folder) {
		s.cwd = filepath.Join(here, folder)
	}
	if real, err := filepath.EvalSymlinks(s.cwd); err == nil {
		s.cwd = real
	}
	if folder == "." {
		return nil
	}
	if err := os.Chdir(folder); err != nil {
		return fmt.Errorf("unexpected error - [Errno 2] No such file or directory: '%s'", folder)
	}
	return nil
}

// spelled makes a command line what the parser knows: options that take a value or none,
// options that take all that follow, and "status" of data by its own flags.
func spelled(args []string) []string {
	if len(args) == 0 || args[0] == "help" {
		return append(slices.Clone(args[min(1, len(args)):]), "--help")
	}
	var all []string
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			return granular(append(all, args[i:]...))
		case a == "--untracked-files":
			mode := "all"
			if i+1 < len(args) && (args[i+1] == "no" || args[i+1] == "all") {
				i++
				mode = args[i]
			}
			all = append(all, a+"="+mode)
		case a == "--targets", a == "--remote-config", a == "--fs-config":
			for i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++
				all = append(all, a+"="+args[i])
			}
		default:
			all = append(all, a)
		}
	}
	return granular(all)
}

// granular puts "data" before a status that is asked what only that of data knows.
func granular(args []string) []string {
	at := slices.Index(args, "status")
	if at < 0 || slices.Contains(args[:at], "data") {
		return args
	}
	for _, a := range args[:at] {
		if !strings.HasPrefix(a, "-") {
			return args
		}
	}
	for _, a := range args[at+1:] {
		for _, own := range []string{"--granular", "--unchanged", "--untracked-files", "--not-in-remote", "--no-remote-refresh"} {
			if a == own || strings.HasPrefix(a, own+"=") {
				return slices.Insert(slices.Clone(args), at, "data")
			}
		}
	}
	return args
}
