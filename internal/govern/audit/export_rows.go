package audit

import (
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Times of exports are microseconds since 1970, 0 for never.
const (
	// claimExport takes the lease of a target, where nobody else holds it, and
	// answers with the index to go on from. A lease that ends later than $5 is none
	// that a server took.
	claimExport = `
INSERT INTO audit_export (target, next, holder, until, moved, failed, reason) VALUES ($1, 0, $2, $3, 0, 0, '')
ON CONFLICT (target) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE audit_export.holder = excluded.holder OR audit_export.until <= $4 OR audit_export.until > $5
RETURNING next, seal`

	// moveExport is what makes a batch count as taken, by whoever holds the lease.
	moveExport = `
UPDATE audit_export SET next = $3, until = $4, moved = $5, failed = 0, reason = '', seal = $6 WHERE target = $1 AND holder = $2`

	failExport = `
UPDATE audit_export SET until = $3, failed = CASE WHEN failed = 0 THEN $4 ELSE failed END, reason = $5 WHERE target = $1 AND holder = $2`

	releaseExport = `UPDATE audit_export SET until = 0 WHERE target = $1 AND holder = $2`

	selectExports = `SELECT target, next, moved, failed, reason FROM audit_export`
)

// place is how far a target has come, and what shows that tacit says so.
type place struct {
	next int64
	seal []byte
}

func scanPlace(s rows.Scanner) (p place, err error) { return p, s.Scan(&p.next, &p.seal) }

func scanExport(s rows.Scanner) (e Exported, err error) {
	var moved, failed int64
	err = s.Scan(&e.Target, &e.next, &moved, &failed, &e.Reason)
	e.Moved, e.Failed = since1970(moved), since1970(failed)
	return e, err
}

// since1970 is the time of microseconds, zero for 0.
func since1970(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
