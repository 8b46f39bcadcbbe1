package kill

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/test/program"
)

// TestAKeyIsCarriedOutOnce has clients send requests with keys again and again
// while the server is killed under them: each is carried out exactly once.
func TestAKeyIsCarriedOutOnce(t *testing.T) {
	s := program.New(t, program.Build(t))
	s.Start(t)
	ctx, cancel := context.WithCancel(context.Background())
	var (
		group      sync.WaitGroup
		stop       atomic.Bool
		sent, lost atomic.Int64
		asked      sync.Map // names of runs that were asked for
	)
	defer func() { // also when the server does not come up again
		cancel()
		group.Wait()
	}()
	for writer := range clients {
		group.Go(func() {
			for n := 0; !stop.Load(); n++ {
				name := fmt.Sprintf("w%d-%d", writer, n)
				c, err := client.ByURL(s.URL(), client.Config{
					Attempts: 100_000, Key: func() string { return name },
					Pause: func(ctx context.Context, _ time.Duration) error { time.Sleep(2 * time.Millisecond); return ctx.Err() },
				})
				if err != nil {
					t.Error(err)
					return
				}
				var made rest.RunBody
				err = c.Send(ctx, "POST", "/experiments/0/runs", rest.NewRunBody{Name: name}, &made)
				c.Close()
				switch {
				case ctx.Err() != nil:
					return
				case fault.Is(err, fault.Conflict): // it was carried out, says the server
					lost.Add(1)
				case err != nil || made.Name != name:
					t.Errorf("%s: %+v, %v", name, made, err)
					return
				}
				sent.Add(1)
				asked.Store(name, true)
			}
		})
	}
	random := draw.Rand(t)
	for range kills(t) {
		time.Sleep(time.Duration(20+random.IntN(120)) * time.Millisecond)
		s.Kill(t)
		s.Start(t)
	}
	stop.Store(true)
	group.Wait()
	c, err := client.ByURL(s.URL(), client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	times := map[string]int{}
	if err := client.All(ctx, c, "/runs", url.Values{"experiment": {"0"}, "limit": {"1000"}}, func(r rest.RunBody) (bool, error) {
		times[r.Name]++
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	asked.Range(func(name, _ any) bool {
		if n := times[name.(string)]; n != 1 {
			t.Errorf("%s was carried out %d times", name, n)
		}
		return true
	})
	if int64(len(times)) != sent.Load() {
		t.Errorf("%d runs for %d requests", len(times), sent.Load())
	}
	t.Logf("%d requests, %d answers lost", sent.Load(), lost.Load())
}
