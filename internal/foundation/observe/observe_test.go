package observe

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestLogger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		level string
		human bool
		want  string
	}{
		{"info", false, `"msg":"seen"`}, {"info", true, "msg=seen"}, {"warn", true, ""}, {"off", false, ""},
	} {
		var out bytes.Buffer
		log, err := Logger(&out, c.level, c.human)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("seen")
		if got := out.String(); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("level %s, human %v: got %q, want %q", c.level, c.human, got, c.want)
		}
	}
	if _, err := Logger(io.Discard, "loud", true); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
		t.Errorf("an unknown level: got %v, want invalid with a hint", err)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := NewMetrics("9.9.9")
	m.Request("mlflow", "GET", "/api/2.0/mlflow/runs/get", 200, 3*time.Millisecond)
	m.Request("", "BREW", "", 404, time.Millisecond)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`tacit_http_requests_total{face="mlflow",method="GET",route="/api/2.0/mlflow/runs/get",status="200"} 1`,
		`tacit_http_requests_total{face="",method="any",route="",status="404"} 1`,
		`tacit_http_request_seconds_bucket{face="mlflow",le="0.005"} 1`,
		`tacit_http_route_seconds_total{face="mlflow",method="GET",route="/api/2.0/mlflow/runs/get"} 0.003`,
		`tacit_build_info{version="9.9.9"} 1`,
		"go_goroutines ",
	} {
		if !strings.Contains(w.Body.String(), line) {
			t.Errorf("no line %q", line)
		}
	}
}

func TestTracesReachTheCollector(t *testing.T) {
	t.Parallel()
	var bytesSeen atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/v1/traces" && bytes.Contains(body, []byte("/thing")) && bytes.Contains(body, []byte("tacit.request")) {
			bytesSeen.Add(int64(len(body)))
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	defer collector.Close()
	ctx := context.Background()
	tracer, err := NewTracer(ctx, collector.URL, "test")
	if err != nil {
		t.Fatal(err)
	}
	door := tracer.Around(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Request-Id", "r1") }))
	door.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/thing", nil))
	if err := tracer.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if bytesSeen.Load() == 0 {
		t.Error("the request's span did not reach the collector")
	}
}
