package route

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// recorder notes what a request's line in the log says.
type recorder struct {
	http.ResponseWriter
	id      string
	face    string
	pattern string
	status  int
	bytes   int64
	err     error
	cut     bool // it failed when the answer had begun: the answer ends where it is, so that nobody takes it for whole

	request  *http.Request
	patience patience
	message  *message // nil when there is none
	drained  bool     // the answer is a refusal that comes while the client sends
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
		if status >= http.StatusBadRequest {
			r.refuse()
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	r.patience.toTake()
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// statusGone is told of a request whose client went away before there was an answer,
// as other servers tell it. Nobody is sent it.
const statusGone = 499

// left reports whether a request failed because its client went away.
func (r *recorder) left(ctx context.Context) bool {
	return ctx.Err() != nil && errors.Is(r.err, context.Canceled)
}

// tell writes the one line of a request and counts it. What failed inside tacit
// is an error with its whole path; what the client did wrong is information, and so
// is that it went away.
func (h *handler) tell(w *recorder, r *http.Request, address string, took time.Duration) {
	if w.left(r.Context()) && (w.status == 0 || w.status >= http.StatusInternalServerError) {
		w.status = statusGone
	}
	if h.Observe != nil {
		h.Observe(w.face, r.Method, w.pattern, w.status, took)
	}
	level := slog.LevelInfo
	if w.status >= http.StatusInternalServerError || w.cut && r.Context().Err() == nil {
		level = slog.LevelError
	}
	ctx := context.Background()
	if !h.Log.Enabled(ctx, level) {
		return
	}
	attributes := make([]slog.Attr, 0, 10)
	attributes = append(attributes,
		slog.String("request", w.id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.String("address", address), slog.String("face", w.face))
	if w.err != nil {
		attributes = append(attributes, slog.String("kind", fault.KindOf(w.err).String()), slog.String("error", w.err.Error()))
	}
	h.Log.LogAttrs(ctx, level, "request", attributes...)
}
