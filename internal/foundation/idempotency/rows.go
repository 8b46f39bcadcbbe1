package idempotency

import (
	"encoding/json"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const insertClaim = `
INSERT INTO idempotency_answer (workspace, actor, key, request, claim, state, until, status, header, body)
VALUES ($1, $2, $3, $4, $5, 'begun', $6, 0, '{}', $7)
ON CONFLICT (workspace, actor, key) DO NOTHING`

const selectEntry = `
SELECT request, claim, state, until, status, header, body FROM idempotency_answer
WHERE workspace = $1 AND actor = $2 AND key = $3`

// takeOver gives a key whose time is over to another claim.
const takeOver = `
UPDATE idempotency_answer SET request = $4, claim = $5, state = 'begun', until = $6, status = 0, header = '{}', body = $7
WHERE workspace = $1 AND actor = $2 AND key = $3 AND claim = $8`

// markDone runs in the transaction of the change itself.
const markDone = `
UPDATE idempotency_answer SET state = 'done', until = $5
WHERE workspace = $1 AND actor = $2 AND key = $3 AND claim = $4`

const keepAnswer = `
UPDATE idempotency_answer SET state = 'kept', until = $5, status = $6, header = $7, body = $8
WHERE workspace = $1 AND actor = $2 AND key = $3 AND claim = $4`

const deleteClaim = `
DELETE FROM idempotency_answer WHERE workspace = $1 AND actor = $2 AND key = $3 AND claim = $4 AND state = 'begun'`

const loseAnswer = `
UPDATE idempotency_answer SET state = 'lost' WHERE workspace = $1 AND actor = $2 AND key = $3 AND claim = $4 AND state = 'done'`

const loseAnswers = `UPDATE idempotency_answer SET state = 'lost' WHERE state = 'done'`

const deleteBegun = `DELETE FROM idempotency_answer WHERE state = 'begun'`

const deleteOver = `DELETE FROM idempotency_answer WHERE until <= $1`

// The states of an entry.
const (
	begun = "begun" // being carried out: until is the end of the lease
	done  = "done"  // the change is made, the answer is to come within a lease
	kept  = "kept"  // the answer is kept
	lost  = "lost"  // the change is made, the answer will not come
)

// entry is a key as the records hold it.
type entry struct {
	request, claim, state string
	until                 int64 // µs since 1970
	answer                Answer
}

func scanEntry(s rows.Scanner) (e entry, err error) {
	var header string
	if err = s.Scan(&e.request, &e.claim, &e.state, &e.until, &e.answer.Status, &header, &e.answer.Body); err != nil {
		return e, err
	}
	return e, json.Unmarshal([]byte(header), &e.answer.Header)
}
