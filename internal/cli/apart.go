package cli

import (
	"io"
	"os"
	"runtime"

	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/lake/apart"
	"github.com/tacit-ml/tacit/internal/foundation/lake/duckdb"
)

// answerCommand has tacit answer one question about a file of rows and end. The server
// starts it; nobody types it.
const answerCommand = "answer-about-rows"

// apartProgram is this program under that command, the zero value where it does not know
// itself. It keeps the name by which it was called.
func apartProgram() apart.Program {
	args := []string{os.Args[0], answerCommand}
	if runtime.GOOS == "linux" { // it stays this program where another took its file's place
		return apart.Program{Path: "/proc/self/exe", Args: args}
	}
	self, err := os.Executable()
	if err != nil {
		return apart.Program{}
	}
	return apart.Program{Path: self, Args: args}
}

func answerApart(in io.Reader, out io.Writer) int {
	return apart.Answer(in, out, func(folder string, memory int64) (lake.Engine, error) {
		return duckdb.Open(duckdb.Settings{Folder: folder, Memory: memory})
	})
}
