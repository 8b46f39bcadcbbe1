//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const api = "/api/2.0/mlflow/"

// post sends body and gives status and answer. A path that does not begin at
// the root is below api.
func (v *server) post(ctx context.Context, path string, body []byte) (int, []byte, error) {
	if !strings.HasPrefix(path, "/") {
		path = api + path
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := v.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	return answer.StatusCode, b, err
}

// must is post that takes no other answer than 200.
func (v *server) must(ctx context.Context, path string, body []byte) ([]byte, error) {
	status, b, err := v.post(ctx, path, body)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s answered %d %.300s", path, status, b)
	}
	return b, err
}

// createRun makes a run and gives its id.
func (v *server) createRun(ctx context.Context, experiment int64, name string) (string, error) {
	body := fmt.Sprintf(`{"experiment_id":"%d","user_id":"bench","start_time":%d,"run_name":%q,"tags":[{"key":"mlflow.user","value":"bench"},{"key":"mlflow.source.name","value":"train.py"}]}`, experiment, time.Now().UnixMilli(), name)
	b, err := v.must(ctx, "runs/create", []byte(body))
	if err != nil {
		return "", err
	}
	var answer struct {
		Run struct {
			Info struct {
				ID string `json:"run_id"`
			} `json:"info"`
		} `json:"run"`
	}
	return answer.Run.Info.ID, json.Unmarshal(b, &answer)
}

// createExperiment makes an experiment and gives its id.
func (v *server) createExperiment(ctx context.Context, name string) (int64, error) {
	b, err := v.must(ctx, "experiments/create", fmt.Appendf(nil, `{"name":%q}`, name))
	if err != nil {
		return 0, err
	}
	var answer struct {
		ID int64 `json:"experiment_id,string"`
	}
	return answer.ID, json.Unmarshal(b, &answer)
}

// clients runs n clients at once until the time is up or one fails; each calls
// step with its own number again and again. It gives how often, by the second.
func clients(ctx context.Context, n int, d time.Duration, step func(ctx context.Context, client, i int) error) (rate float64, total int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		all   sync.WaitGroup
		count atomic.Int64
	)
	begin := time.Now()
	for c := range n {
		all.Go(func() {
			for i := 0; time.Since(begin) < d && ctx.Err() == nil; i++ {
				if err := step(ctx, c, i); err != nil {
					cancel(err)
					return
				}
				count.Add(1)
			}
		})
	}
	all.Wait()
	took := time.Since(begin).Seconds()
	return float64(count.Load()) / took, count.Load(), context.Cause(ctx)
}

const (
	writers     = 8
	batchPoints = 1000
	fewKeys     = 10   // with 100 steps each
	manyKeys    = 1000 // with one step
)

// appendBatch writes the body of the ith log-batch of so many keys, with
// values as a training gives them.
func appendBatch(b []byte, run string, keys, i int, random *rand.Rand) []byte {
	b = append(b, `{"run_id":"`...)
	b = append(b, run...)
	b = append(b, `","metrics":[`...)
	for p := range batchPoints {
		if p > 0 {
			b = append(b, ',')
		}
		step := int64(i*batchPoints/keys + p/keys)
		b = append(b, `{"key":"layer`...)
		b = strconv.AppendInt(b, int64(p%keys), 10)
		b = append(b, `/loss","value":`...)
		b = strconv.AppendFloat(b, 1/(1+float64(step)/100)+random.Float64()/100, 'g', -1, 64)
		b = append(b, `,"timestamp":`...)
		b = strconv.AppendInt(b, 1_764_000_000_000+step*120, 10)
		b = append(b, `,"step":`...)
		b = strconv.AppendInt(b, step, 10)
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// runsFor makes one run for each client.
func (v *server) runsFor(ctx context.Context, n int) ([]string, error) {
	ids := make([]string, n)
	for i := range ids {
		var err error
		if ids[i], err = v.createRun(ctx, 0, fmt.Sprint("bench-", i)); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// logBatches has 8 writers log 1,000 points of so many keys a request, each to
// its own run.
func logBatches(ctx context.Context, v *server, o options, keys int) (rate float64, points int64, err error) {
	runs, err := v.runsFor(ctx, writers)
	if err != nil {
		return 0, 0, err
	}
	bodies := make([][]byte, writers)
	random := make([]*rand.Rand, writers)
	for c := range writers {
		random[c] = rand.New(rand.NewPCG(1, uint64(c)))
	}
	rate, requests, err := clients(ctx, writers, o.duration, func(ctx context.Context, c, i int) error {
		bodies[c] = appendBatch(bodies[c][:0], runs[c], keys, i, random[c])
		_, err := v.must(ctx, "runs/log-batch", bodies[c])
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	for _, id := range runs {
		if _, err := v.must(ctx, "runs/update", fmt.Appendf(nil, `{"run_id":%q,"status":"FINISHED","end_time":%d}`, id, time.Now().UnixMilli())); err != nil {
			return 0, 0, err
		}
	}
	time.Sleep(min(o.duration/2, 3*time.Second)) // what goes on in the background ends
	return rate * batchPoints, requests * batchPoints, nil
}

// createAndUpdate has 8 clients begin and end runs.
func createAndUpdate(ctx context.Context, v *server, o options) (float64, error) {
	rate, _, err := clients(ctx, writers, o.duration, func(ctx context.Context, c, i int) error {
		id, err := v.createRun(ctx, 0, fmt.Sprintf("bench-%d-%d", c, i))
		if err != nil {
			return err
		}
		_, err = v.must(ctx, "runs/update", fmt.Appendf(nil, `{"run_id":%q,"status":"FINISHED","end_time":%d}`, id, time.Now().UnixMilli()))
		return err
	})
	return rate, err
}

// logMetrics has 8 clients log one point a request, each to its own run.
func logMetrics(ctx context.Context, v *server, o options) (float64, error) {
	runs, err := v.runsFor(ctx, writers)
	if err != nil {
		return 0, err
	}
	rate, _, err := clients(ctx, writers, o.duration, func(ctx context.Context, c, i int) error {
		_, err := v.must(ctx, "runs/log-metric", fmt.Appendf(nil, `{"run_id":%q,"key":"loss","value":%g,"timestamp":%d,"step":%d}`,
			runs[c], 1/float64(i+1), 1_764_000_000_000+i*100, i))
		return err
	})
	return rate, err
}

// manyWriters has 64 writers log 10 points a request to one run, none trying
// again.
func manyWriters(ctx context.Context, v *server, o options) (requests, failed int64, err error) {
	const many = 64
	run, err := v.createRun(ctx, 0, "shared")
	if err != nil {
		return 0, 0, err
	}
	var (
		all  sync.WaitGroup
		lost atomic.Int64
	)
	for w := range many {
		all.Go(func() {
			for i := range o.requests {
				body := fmt.Appendf(nil, `{"run_id":%q,"metrics":[`, run)
				for p := range 10 {
					if p > 0 {
						body = append(body, ',')
					}
					body = fmt.Appendf(body, `{"key":"k%d","value":%d,"timestamp":%d,"step":%d}`, p, w, 1_764_000_000_000+i, i)
				}
				if _, err := v.must(ctx, "runs/log-batch", append(body, `]}`...)); err != nil {
					lost.Add(1)
				}
			}
		})
	}
	all.Wait()
	return int64(many * o.requests), lost.Load(), ctx.Err()
}

// search fills the store and asks for pages of 1,000 runs.
func search(ctx context.Context, v *server, o options) (cpu, took time.Duration, err error) {
	experiment, err := v.createExperiment(ctx, "search")
	if err != nil {
		return 0, 0, err
	}
	if v.fill != nil {
		err = v.refill(ctx, experiment, o.runs)
	} else {
		err = v.fillOverHTTP(ctx, experiment, o.runs)
	}
	if err != nil {
		return 0, 0, err
	}
	body := fmt.Appendf(nil, `{"experiment_ids":["%d"],"filter":"metrics.auc > 0.1","order_by":["metrics.auc DESC"],"max_results":1000}`, experiment)
	for range 2 { // warm
		if _, err := v.must(ctx, "runs/search", body); err != nil {
			return 0, 0, err
		}
	}
	if err := v.settled(ctx); err != nil {
		return 0, 0, err
	}
	used, begin := v.cpu(), time.Now()
	for range o.searches {
		b, err := v.must(ctx, "runs/search", body)
		if err != nil {
			return 0, 0, err
		}
		if n, want := bytes.Count(b, []byte(`"run_uuid"`)), min(1000, o.runs/2); n < want {
			return 0, 0, fmt.Errorf("a page of %d runs, want at least %d", n, want)
		}
	}
	n := time.Duration(o.searches)
	return (v.cpu() - used) / n, time.Since(begin) / n, nil
}

// refill stops the server, fills its store and starts it again in its place.
func (v *server) refill(ctx context.Context, experiment int64, runs int) error {
	if err := v.stop(); err != nil {
		return err
	}
	if err := v.fill(filepath.Join(v.folder, v.store), experiment, runs); err != nil {
		return err
	}
	again, err := v.subject.start(ctx, v.folder)
	if err != nil {
		return err
	}
	*v = *again
	return nil
}

func (v *server) fillOverHTTP(ctx context.Context, experiment int64, runs int) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failures := make(chan error, writers)
	for range writers {
		all.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(runs) {
					return
				}
				id, err := v.createRun(ctx, experiment, fmt.Sprint("run-", i))
				if err == nil {
					_, err = v.must(ctx, "runs/log-batch", searchedRun(id, int(i)))
				}
				if err != nil {
					failures <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(failures)
	return <-failures
}

// aucOf is the metric that runs are searched by.
func aucOf(i int) float64 { return float64(i*7919%10_007) / 10_007 }

// searchedRun is the log-batch of one run: 4 metrics, 3 params, 1 tag beside
// the 2 it was made with.
func searchedRun(id string, i int) []byte {
	const when = 1_764_000_000_000
	return fmt.Appendf(nil, `{"run_id":%q,"metrics":[{"key":"auc","value":%g,"timestamp":%d,"step":1},{"key":"loss","value":%g,"timestamp":%d,"step":1},{"key":"precision","value":%g,"timestamp":%d,"step":1},{"key":"recall","value":%g,"timestamp":%d,"step":1}],"params":[{"key":"lr","value":"0.0%d"},{"key":"depth","value":"%d"},{"key":"seed","value":"%d"}],"tags":[{"key":"team","value":"team-%d"}]}`,
		id, aucOf(i), when+i, 1-aucOf(i), when+i, aucOf(i+1), when+i, aucOf(i+2), when+i, i%9+1, i%12, i, i%5)
}
