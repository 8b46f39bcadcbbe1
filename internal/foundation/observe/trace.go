package observe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Tracer sends one span a request to an OpenTelemetry collector.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	carrier  propagation.TraceContext
}

// NewTracer gives a tracer that exports to endpoint, a URL such as
// http://collector:4318, by OTLP over HTTP. Without a path of its own the URL
// is that of the collector, and the traces go to its /v1/traces.
func NewTracer(ctx context.Context, endpoint, version string) (*Tracer, error) {
	u, err := collector(endpoint)
	if err != nil {
		return nil, err
	}
	if u.Path == "" || u.Path == "/" {
		endpoint = u.JoinPath("v1", "traces").String()
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, fmt.Errorf("observe: OpenTelemetry export to %s: %w", endpoint, err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", "tacit"), attribute.String("service.version", version))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return &Tracer{provider: provider, tracer: provider.Tracer("tacit")}, nil
}

// CheckCollector refuses what cannot be the URL of a collector, fault.Invalid,
// and connects to none.
func CheckCollector(endpoint string) error {
	_, err := collector(endpoint)
	return err
}

func collector(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fault.WithHint(fault.New(fault.Invalid, "%q is not the address of an OpenTelemetry collector.", endpoint), "write it as in --otlp http://collector:4318")
	}
	return u, nil
}

// Around gives next with a span round every request, a child of the client's
// span where the request names one. The span's name is the method: a path holds
// ids, and names must be few (OpenTelemetry's conventions for HTTP).
func (t *Tracer) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := t.carrier.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := t.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		next.ServeHTTP(w, r.WithContext(ctx))
		span.SetAttributes(attribute.String("http.request.method", r.Method), attribute.String("url.path", r.URL.Path),
			attribute.String("tacit.request", w.Header().Get("X-Request-Id")))
	})
}

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }
