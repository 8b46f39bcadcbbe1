// Package kill proves that what tacit acknowledged survives kill -9.
//
// It starts the real binary, writes to it from many clients, kills it at a
// random moment, starts it again and looks for everything that was
// acknowledged. TACIT_TEST_KILLS sets how often, 20 unless set.
package kill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/test/program"
)

const clients = 6

// server is the program under test.
type server struct{ *program.Server }

var errGone = errors.New("the server is gone")

// call sends one request; errGone when the server was killed meanwhile.
func (s *server) call(method, path string, message, into any) error {
	var body io.Reader
	switch m := message.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(m)
	default:
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	request, err := http.NewRequest(method, s.URL()+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return errGone
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return errGone
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %d %s", method, path, answer.StatusCode, content)
	}
	switch into := into.(type) {
	case nil:
	case *[]byte:
		*into = content
	default:
		return json.Unmarshal(content, into)
	}
	return nil
}

// promise is what one client was told is done.
type promise struct {
	runs      []string
	points    map[string][]int // run: steps of the metric m
	params    map[string]int   // run: how many params p0, p1, …
	artifacts map[string][]byte
	versions  []string
	files     int // artifacts begun: a path is written once, so that no unanswered write can replace it
}

func newPromise() *promise {
	return &promise{points: map[string][]int{}, params: map[string]int{}, artifacts: map[string][]byte{}}
}

// write works until the server is gone, keeping what was acknowledged.
func (p *promise) write(s *server, client int, random *rand.Rand) error {
	for i := 0; ; i++ {
		if err := p.step(s, client, i, random); err != nil {
			if errors.Is(err, errGone) {
				return nil
			}
			return err
		}
	}
}

type runAnswer struct {
	Run struct {
		Info struct {
			ID  string `json:"run_id"`
			URI string `json:"artifact_uri"`
		} `json:"info"`
		Data struct {
			Params []struct{ Key, Value string } `json:"params"`
		} `json:"data"`
	} `json:"run"`
}

func (p *promise) step(s *server, client, i int, random *rand.Rand) error {
	if len(p.runs) == 0 || i%25 == 0 {
		var made runAnswer
		if err := s.call("POST", "/api/2.0/mlflow/runs/create", map[string]any{"experiment_id": "0", "start_time": 1}, &made); err != nil {
			return err
		}
		p.runs = append(p.runs, made.Run.Info.ID)
	}
	run := p.runs[random.IntN(len(p.runs))]
	switch random.IntN(4) {
	case 0, 1:
		return p.logPoints(s, run, 1+random.IntN(40))
	case 2:
		n := p.params[run]
		err := s.call("POST", "/api/2.0/mlflow/runs/log-parameter", map[string]string{"run_id": run, "key": fmt.Sprintf("p%d", n), "value": strconv.Itoa(n)}, nil)
		if err == nil {
			p.params[run] = n + 1
		}
		return err
	default:
		if i%10 == 0 {
			return p.version(s, client)
		}
		content := make([]byte, random.IntN(200_000))
		for j := range content {
			content[j] = byte(j * client)
		}
		p.files++
		path := fmt.Sprintf("0/%s/artifacts/file-%d", run, p.files)
		err := s.call("PUT", "/api/2.0/mlflow-artifacts/artifacts/"+path, content, nil)
		if err == nil {
			p.artifacts[path] = content
		}
		return err
	}
}

func (p *promise) logPoints(s *server, run string, n int) error {
	from := len(p.points[run]) * 1000
	var steps []int
	var metrics []map[string]any
	for j := range n {
		steps = append(steps, from+j)
		metrics = append(metrics, map[string]any{"key": "m", "value": float64(from+j) / 7, "timestamp": 1, "step": from + j})
	}
	err := s.call("POST", "/api/2.0/mlflow/runs/log-batch", map[string]any{"run_id": run, "metrics": metrics}, nil)
	if err == nil {
		p.points[run] = append(p.points[run], steps...)
	}
	return err
}

func (p *promise) version(s *server, client int) error {
	name := fmt.Sprintf("model-%d", client)
	if len(p.versions) == 0 {
		// It may be there from before a kill that came between write and answer.
		if err := s.call("POST", "/api/2.0/mlflow/registered-models/create", map[string]string{"name": name}, nil); errors.Is(err, errGone) {
			return err
		}
	}
	var made struct {
		Version struct{ Version string } `json:"model_version"`
	}
	err := s.call("POST", "/api/2.0/mlflow/model-versions/create", map[string]string{"name": name, "source": "s3://models/elsewhere"}, &made)
	if err == nil {
		p.versions = append(p.versions, made.Version.Version)
	}
	return err
}

// check looks for everything that was acknowledged.
func (p *promise) check(t *testing.T, s *server, client int) {
	t.Helper()
	for _, run := range p.runs {
		var got runAnswer
		if err := s.call("GET", "/api/2.0/mlflow/runs/get?run_id="+run, nil, &got); err != nil {
			t.Errorf("a created run is lost: %v", err)
			continue
		}
		if n := len(got.Run.Data.Params); n < p.params[run] {
			t.Errorf("run %s has %d params, %d were acknowledged", run, n, p.params[run])
		}
		p.checkPoints(t, s, run)
	}
	for path, content := range p.artifacts {
		var got []byte
		if err := s.call("GET", "/api/2.0/mlflow-artifacts/artifacts/"+path, nil, &got); err != nil || !bytes.Equal(got, content) {
			t.Errorf("artifact %s: %d bytes of %d, %v", path, len(got), len(content), err)
		}
	}
	for _, v := range p.versions {
		query := url.Values{"name": {fmt.Sprintf("model-%d", client)}, "version": {v}}
		if err := s.call("GET", "/api/2.0/mlflow/model-versions/get?"+query.Encode(), nil, nil); err != nil {
			t.Errorf("an acknowledged version is lost: %v", err)
		}
	}
}

func (p *promise) checkPoints(t *testing.T, s *server, run string) {
	t.Helper()
	if len(p.points[run]) == 0 {
		return
	}
	var history struct {
		Metrics []struct {
			Step  int
			Value float64
		}
	}
	if err := s.call("GET", "/api/2.0/mlflow/metrics/get-history?metric_key=m&run_id="+run, nil, &history); err != nil {
		t.Errorf("history of %s: %v", run, err)
		return
	}
	there := map[int]float64{}
	for _, m := range history.Metrics {
		there[m.Step] = m.Value
	}
	for _, step := range p.points[run] {
		if v, ok := there[step]; !ok || v != float64(step)/7 {
			t.Errorf("run %s: the acknowledged point of step %d is %v, %v", run, step, v, ok)
			return
		}
	}
}

// checkAudit looks for the entry of the run that was acknowledged last.
func (p *promise) checkAudit(t *testing.T, s *server) {
	t.Helper()
	if len(p.runs) == 0 {
		return
	}
	run := p.runs[len(p.runs)-1]
	var entries struct {
		Items []struct {
			Action string `json:"action"`
		} `json:"items"`
	}
	if err := s.call("GET", "/api/v1/audit/entries?verb=tracking.run.created&object=tacit:run/"+run, nil, &entries); err != nil {
		t.Errorf("entries of run %s: %v", run, err)
	} else if len(entries.Items) != 1 || entries.Items[0].Action != "run.create" {
		t.Errorf("an acknowledged run has the entries %+v", entries.Items)
	}
}

// checkLog proves the audit log: each entry has its leaf, and all hold. There are
// none only where nothing was acknowledged.
func checkLog(t *testing.T, s *server, acknowledged int) {
	t.Helper()
	var v struct {
		OK      bool `json:"ok"`
		Entries int  `json:"entries"`
		Pending int  `json:"pending"`
	}
	// The server seals points meanwhile, whose entries are new.
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err := s.call("POST", "/api/v1/audit/verify", map[string]string{}, &v); err != nil || !v.OK || v.Entries == 0 && acknowledged > 0 {
			t.Errorf("the audit log after a kill: %+v, %v", v, err)
			return
		}
		if v.Pending == 0 {
			return
		}
	}
	t.Errorf("the audit log after a kill: %d entries have no leaf", v.Pending)
}

// kills is how often the server is killed.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TACIT_TEST_KILLS")
	if text == "" {
		return 20
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	s := &server{program.New(t, program.Build(t))}
	random := draw.Rand(t)
	promises := make([]*promise, clients)
	for i := range promises {
		promises[i] = newPromise()
	}
	s.Start(t)
	for range kills(t) {
		var group sync.WaitGroup
		for i, p := range promises {
			source := rand.New(rand.NewPCG(random.Uint64(), 1))
			group.Go(func() {
				if err := p.write(s, i, source); err != nil {
					t.Errorf("client %d: %v", i, err)
				}
			})
		}
		time.Sleep(time.Duration(20+random.IntN(280)) * time.Millisecond)
		s.Kill(t)
		group.Wait()
		s.Start(t)
		for i, p := range promises {
			p.check(t, s, i)
			p.checkAudit(t, s)
		}
		checkLog(t, s, acknowledged(promises))
		if t.Failed() {
			t.Fatalf("server's log:\n%s", s.Log())
		}
	}
	s.Stop(t)
	t.Logf("%d kills, %d acknowledged writes, all there", kills(t), acknowledged(promises))
}

// acknowledged is how many writes were.
func acknowledged(promises []*promise) (total int) {
	for _, p := range promises {
		total += len(p.runs) + len(p.artifacts) + len(p.versions)
		for _, steps := range p.points {
			total += len(steps)
		}
	}
	return total
}
