package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/cli/data"
)

// dataCommand stands for the commands of package data, which have a grammar and exit
// codes of their own: dvc's.
type dataCommand struct {
	Args []string `arg:"" optional:"" help:"A command of dvc's and its arguments; tacit data --help lists them."`
}

// Run is reached where a flag of tacit's stands before the word.
func (c *dataCommand) Run(t *terminal) error {
	if code := runData(c.Args, t.in, t.out, t.err); code != 0 {
		return &exit{code: code}
	}
	return nil
}

// softData is how many bytes the garbage collector tries to stay below while data are
// at work.
const softData = 320 << 20

// runData runs a command line of dvc's.
func runData(args []string, in io.Reader, out, errs io.Writer) int {
	outliveFileSize()
	// A million files are some hundred megabytes that stay; twice that is too much to ask
	// of a laptop for a few seconds' less work.
	debug.SetGCPercent(40)
	debug.SetMemoryLimit(softData)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return data.Run(ctx, data.Terminal{In: in, Out: out, Errs: errs, Version: Version, Program: "tacit data", Local: "http://" + app.UsualListen, Ask: isTerminal(out)}, args)
}
