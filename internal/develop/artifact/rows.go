package artifact

import (
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Times are microseconds since 1970.
const (
	insertMove = `INSERT INTO artifact_move (workspace, folder, origin, until) VALUES ($1, $2, $3, $4)`

	selectMove = `SELECT folder, origin, until FROM artifact_move WHERE workspace = $1 AND folder = $2`

	selectMovesFrom = `SELECT folder, origin, until FROM artifact_move WHERE origin = $1`

	deleteMove = `DELETE FROM artifact_move WHERE workspace = $1 AND folder = $2`
)

// move is a folder whose files still come from another workspace.
type move struct {
	folder string
	origin string    // the workspace in which they are until they came
	until  time.Time // what was stored there later is another workspace's of the name
}

func scanMove(s rows.Scanner) (m move, err error) {
	var micros int64
	err = s.Scan(&m.folder, &m.origin, &micros)
	m.until = time.UnixMicro(micros).UTC()
	return m, err
}
