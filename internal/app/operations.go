package app

import (
	"net/http"
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// operations is the face for operators: health and metrics.
func (h *House) operations() route.Face {
	metrics := h.metrics.Handler()
	return route.Face{
		Name: "operations",
		Owns: func(_ *http.Request, path string) bool { return path == "/health" || path == "/metrics" },
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
			status := http.StatusInternalServerError
			switch fault.KindOf(err) {
			case fault.Unavailable:
				status = http.StatusServiceUnavailable
				w.Header().Set("Retry-After", "1")
			case fault.Invalid:
				status = http.StatusBadRequest
			case fault.Denied:
				status = http.StatusForbidden
			case fault.Unauthenticated:
				status = http.StatusUnauthorized
				route.Challenge(w.Header())
			case fault.Limit:
				status = http.StatusTooManyRequests
				w.Header().Set("Retry-After", strconv.Itoa(fault.Seconds(err, 1)))
			case fault.NotFound:
				status = http.StatusNotFound
				if route.WrongMethod(w.Header(), err) {
					status = http.StatusMethodNotAllowed
				}
			}
			text := fault.Sentence(err)
			if hint := fault.HintOf(err); hint != "" {
				text += "\nhint: " + hint
			}
			http.Error(w, text, status)
		},
		Routes: []route.Route{
			{Method: "GET", Pattern: "/health", Public: true, Serve: func(w http.ResponseWriter, r *http.Request, _ any) error {
				if err := h.Healthy(r.Context()); err != nil {
					return err
				}
				w.Header().Set("Content-Type", "text/plain; charset=utf-8")
				_, _ = w.Write([]byte("OK"))
				return nil
			}},
			{Method: "GET", Pattern: "/metrics", Action: "server.observe", Scope: route.Whole, Serve: func(w http.ResponseWriter, r *http.Request, _ any) error {
				metrics.ServeHTTP(w, r)
				return nil
			}},
		},
	}
}
