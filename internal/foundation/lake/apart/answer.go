package apart

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// Answer reads one question and writes its answer, and gives the exit code. open makes
// the engine. When in ends before, the process does.
func Answer(in io.Reader, out io.Writer, open func(folder string, memory int64) (lake.Engine, error)) int {
	read := json.NewDecoder(in)
	var q question
	if err := read.Decode(&q); err != nil {
		return 2 // nobody asks
	}
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, io.MultiReader(read.Buffered(), in))
		select {
		case <-done:
		default:
			os.Exit(2) //nolint:revive // who asked is gone
		}
	}()
	bound(q.Memory)
	a := q.answer(open)
	err := json.NewEncoder(out).Encode(a)
	close(done)
	if err != nil {
		return 2
	}
	return 0
}

func (q question) answer(open func(string, int64) (lake.Engine, error)) (a answer) {
	engine, err := open(q.Folder, q.Memory)
	if err != nil {
		return answer{Failure: failureOf(err)}
	}
	store := lake.New(engine, nil)
	defer func() { err = errors.Join(err, store.Close()) }()
	ctx := context.Background()
	switch {
	case q.Portrait != nil:
		var p lake.Portrait
		p, err = store.Portrait(ctx, q.Portrait.Source, q.Portrait.Rows, q.Portrait.Limits)
		writable(&p.Profile)
		a.Portrait = &p
	case q.Compare != nil:
		var d lake.Difference
		d, err = store.Compare(ctx, *q.Compare)
		a.Difference = &d
	default:
		err = fault.New(fault.Unsupported, "The program that reads files of rows is another than the one that asks.")
	}
	if err != nil {
		return answer{Failure: failureOf(err)}
	}
	return a
}
