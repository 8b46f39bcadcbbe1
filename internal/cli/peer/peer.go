package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// Tool is one of the programs.
type Tool string

// The tools, by their names.
const (
	ModelScan  Tool = "modelscan"
	PickleScan Tool = "picklescan"
	Fickling   Tool = "fickling"
	ModelAudit Tool = "modelaudit"
)

// Called is the tool as which a program was called: by the last name of its path,
// with or without .exe.
func Called(program string) (Tool, bool) {
	name := filepath.Base(filepath.ToSlash(program))
	if len(name) > 4 && strings.EqualFold(name[len(name)-4:], ".exe") {
		name = strings.ToLower(name[:len(name)-4])
	}
	switch t := Tool(name); t {
	case ModelScan, PickleScan, Fickling, ModelAudit:
		return t, true
	}
	return "", false
}

// Terminal is where a tool reads and speaks.
type Terminal struct {
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Version string // tacit's
	Now     func() time.Time
	Live    bool // Out is a person's terminal
}

// Run runs a command line as the tool would, and gives the exit code.
func Run(ctx context.Context, tool Tool, args []string, t Terminal) int {
	if t.Live {
		t.Out = report.Visible(t.Out)
	}
	switch tool {
	case ModelScan:
		return runModelScan(ctx, args, t)
	case PickleScan:
		return runPickleScan(ctx, args, t)
	case Fickling:
		return runFickling(ctx, args, t)
	case ModelAudit:
		return runModelAudit(ctx, args, t)
	}
	t.tell("there is no tool called %s", tool)
	return 2
}

// compatHelp is the help of the option that the two tools with compat have.
const compatHelp = "Answer as the named version does, also where it misses or stops; without it tacit's own findings are told."

func (t Terminal) say(format string, args ...any) { _, _ = fmt.Fprintf(t.Out, format, args...) }

func (t Terminal) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(t.Err, format+"\n", args...)
}

// sentence is an error in a person's words, with what helps.
func sentence(err error) string {
	text := err.Error()
	var f *fault.Error
	if errors.As(err, &f) && f.Message != "" {
		text = f.Message
		if f.Cause != nil {
			text = strings.TrimSuffix(text, ".") + ": " + f.Cause.Error()
		}
	}
	if hint := fault.HintOf(err); hint != "" {
		text += " (" + hint + ")"
	}
	return text
}
