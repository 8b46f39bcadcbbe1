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

// apartLine is the command line of it, nil where this program does not know itself.
func apartLine() []string {
	if runtime.GOOS == "linux" { // it stays this program where another took its file's place
		return []string{"/proc/self/exe", answerCommand}
	}
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{self, answerCommand}
}

func answerApart(in io.Reader, out io.Writer) int {
	return apart.Answer(in, out, func(folder string, memory int64) (lake.Engine, error) {
		return duckdb.Open(duckdb.Settings{Folder: folder, Memory: memory})
	})
}
