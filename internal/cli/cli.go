// Package cli is the commands people type: one file a command group.
//
// Results go to standard output, everything else to standard error; exit codes
// are those of terminal.go and stand in every help text. Commands hold no logic
// of rooms: they parse, call, and print.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tacit-ml/tacit/internal/cli/peer"
	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Version is the program's version; a release build sets it with -ldflags.
var Version = "0.1.0"

// globals are the flags that every command takes.
type globals struct {
	JSON    bool   `help:"Print the result as one JSON document."`
	Quiet   bool   `short:"q" help:"Print only errors beside the result."`
	Verbose bool   `short:"v" help:"Tell why: log at level info."`
	Color   string `enum:"auto,always,never" default:"auto" help:"Colour verdict words: ${enum}."`
}

// grammar is the whole command line.
type grammar struct {
	globals
	Up        upCommand        `cmd:"" help:"Start the server and stay until Ctrl-C."`
	Demo      demoCommand      `cmd:"" help:"Walk the guide's chapters on real data and look at them."`
	Doctor    doctorCommand    `cmd:"" help:"Check settings and stores before they are trusted."`
	Backup    backupCommand    `cmd:"" help:"Write everything into one file, beside a running server."`
	Restore   restoreCommand   `cmd:"" help:"Fill an empty tacit from such a file."`
	User      userCommand      `cmd:"" help:"Make users, give them roles, keep them out."`
	Workspace workspaceCommand `cmd:"" help:"Make workspaces, list them, remove empty ones."`
	Service   serviceCommand   `cmd:"" help:"Make services, give them roles, keep them out."`
	Group     groupCommand     `cmd:"" help:"Make groups of users and services, and say who is in them."`
	Grant     grantCommand     `cmd:"" help:"Grant users, services and groups something on one object, or on all of a kind."`
	Token     tokenCommand     `cmd:"" help:"Make and revoke personal access tokens."`
	Access    accessCommand    `cmd:"" help:"Say what is allowed, and why."`
	Audit     auditCommand     `cmd:"" help:"Who did what, and proof that nobody changed it afterwards."`
	Key       keyCommand       `cmd:"" help:"Rotate the keys that tacit signs with."`
	Config    configCommand    `cmd:"" help:"Check or show the settings."`
	Data      dataCommand      `cmd:"" passthrough:"" help:"Version data as dvc does: tacit data add, push, checkout …"`
	Lineage   lineageCommand   `cmd:"" help:"Print what a thing came from, and what was built on it."`
	Scan      scanCommand      `cmd:"" help:"Say what models would do when they are loaded, without loading them."`
	Sign      signCommand      `cmd:"" help:"Sign a model's files with a key that stays with you."`
	Verify    verifyCommand    `cmd:"" help:"Say whether a model's files are those that were signed."`
	Bom       bomCommand       `cmd:"" help:"Print what a version is made of: a bill of materials."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// place are the flags of the commands that work on a folder.
type place struct {
	Dir    string `default:".tacit" env:"TACIT_DIR" placeholder:"FOLDER" help:"Folder of tacit's own files (${env})."`
	Config string `env:"TACIT_CONFIG" placeholder:"FILE" help:"Settings file; tacit.yaml beside the folder when it is there (${env})."`
	Rows   string `env:"TACIT_ROWS" placeholder:"URL" help:"Store of records: sqlite, a path of its file, or postgres://… (${env})."`
	Blobs  string `env:"TACIT_BLOBS" placeholder:"URL" help:"Store of bytes: disk, a path, or s3://bucket/prefix?endpoint=… (${env}); its key pair comes from TACIT_S3_ACCESS_KEY and TACIT_S3_SECRET_KEY."`

	S3AccessKey   string `env:"TACIT_S3_ACCESS_KEY" hidden:""`
	S3SecretKey   string `env:"TACIT_S3_SECRET_KEY" hidden:""`
	SecretKeyFile string `env:"TACIT_SECRET_KEY_FILE" placeholder:"FILE" help:"File of the master key; master.key in the folder unless set (${env})."`
}

// description is the head of the help.
const description = `tacit tracks experiments, keeps models and their lineage, and speaks the protocols of the tools you have.

  tacit up                                               start on this machine
  export MLFLOW_TRACKING_URI=http://127.0.0.1:5000       and train as before
  tacit demo                                             see it filled with real data

Exit codes: 0 yes, done · 1 the answer is no · 2 could not do it · 3 nothing to do it to · 4 wrong usage · 130 interrupted`

// Main runs the command line and gives the exit code. A result that could not
// be written is a failure.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	return MainAs("tacit", args, in, out, errs)
}

// MainAs is Main, called by the path of a program: under the name of another
// scanner tacit takes that one's command line, and gives its exit codes.
func MainAs(program string, args []string, in io.Reader, out, errs io.Writer) int {
	if len(args) == 1 && args[0] == answerCommand {
		return answerApart(in, out)
	}
	result := &checked{Writer: out}
	tool, isPeer := peer.Called(program)
	if !isPeer && modelScanLine(args) {
		tool, isPeer, args = peer.ModelScan, true, args[1:]
	}
	var code int
	if isPeer {
		code = runPeer(tool, args, in, result, errs)
	} else if len(args) > 0 && args[0] == "data" {
		return runData(args[1:], in, out, errs)
	} else {
		code = run(args, in, result, errs)
	}
	if result.err != nil && code == ExitYes {
		return (&terminal{err: errs}).fail(fault.Because(result.err, fault.Unavailable, "The result could not be written."))
	}
	return code
}

// checked remembers the first failure of a write.
type checked struct {
	io.Writer
	err error
}

// Write writes on.
func (c *checked) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

func run(args []string, in io.Reader, out *checked, errs io.Writer) int {
	if len(args) == 1 && (args[0] == "version" || args[0] == "--version") {
		_, _ = fmt.Fprintln(out, "tacit "+Version)
		return ExitYes
	}
	var g grammar
	t := &terminal{in: in, out: out, err: errs}
	ended := -1
	parser, err := kong.New(&g, kong.Name("tacit"), kong.Description(description), kong.Writers(out, errs),
		kong.Exit(func(code int) { ended = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: false}),
		kong.Vars{"version": Version}, kong.KindMapper(reflect.String, kong.MapperFunc(asItIs)))
	if err != nil {
		return t.fail(err)
	}
	parsed, err := parser.Parse(helped(spelled(args)))
	if out.err != nil && ended < 0 && err != nil {
		return ExitYes // help that could not be printed; Main tells it
	}
	if ended >= 0 {
		return ended
	}
	if err != nil {
		return t.fail(usage(err, parser, args))
	}
	t = newTerminal(in, out, errs, &g.globals)
	if err := heed(t, parsed); err != nil {
		return t.fail(err)
	}
	outliveFileSize()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(t, &g.globals); err != nil {
		return t.fail(err)
	}
	return ExitYes
}

// asItIs takes a text of the command line byte by byte: names of files need not be
// UTF-8, and the parser would put another letter in the place of what is none.
func asItIs(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	target.SetString(fmt.Sprint(token.Value))
	return nil
}

// modelScanLine reports whether "tacit scan" is given modelscan's own line, which
// names the path by an option: tacit scan -p PATH -r json -o FILE.
func modelScanLine(args []string) bool {
	if len(args) < 2 || args[0] != "scan" {
		return false
	}
	for _, a := range args[1:] {
		switch {
		case a == "--":
			return false
		case a == "--path", strings.HasPrefix(a, "--path="), strings.HasPrefix(a, "-p"):
			return true
		}
	}
	return false
}

// runPeer runs a command line of another scanner.
func runPeer(tool peer.Tool, args []string, in io.Reader, out *checked, errs io.Writer) int {
	outliveFileSize()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return peer.Run(ctx, tool, args, peer.Terminal{In: in, Out: out, Err: errs, Version: Version, Now: time.Now, Live: isTerminal(out)})
}

// helped makes "tacit" and "tacit help COMMAND" what the parser knows.
func helped(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// usage makes a refusal of the command line, with the help of the command that
// was read so far as hint, or else with the nearest command.
func usage(err error, parser *kong.Kong, args []string) error {
	hint := "tacit --help shows what there is"
	var p *kong.ParseError
	if !errors.As(err, &p) || p.Context == nil || len(args) == 0 {
		return &exit{code: ExitUsage, err: &usageError{err, hint}}
	}
	if command := begun(p.Context); command != "" {
		hint = "tacit" + command + " --help shows how it is used"
	} else if near := config.Nearest(args[0], names(parser.Model.Children)); near != "" && near != args[0] {
		hint = "did you mean: tacit " + near
	}
	return &exit{code: ExitUsage, err: &usageError{err, hint}}
}

// begun are the words of the command that was read before the mistake.
func begun(c *kong.Context) (words string) {
	for _, step := range c.Path {
		if step.Command != nil {
			words += " " + step.Command.Name
		}
	}
	return words
}

func names(nodes []*kong.Node) (all []string) {
	for _, n := range nodes {
		all = append(all, n.Name)
	}
	return all
}

// versionCommand prints the version.
type versionCommand struct{}

// Run prints it.
func (versionCommand) Run(t *terminal) error {
	if t.json {
		return t.document(map[string]string{"version": Version})
	}
	t.say("tacit %s", Version)
	return nil
}
