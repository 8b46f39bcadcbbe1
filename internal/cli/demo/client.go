package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// client speaks MLflow's REST protocol to one workspace.
type client struct {
	http *http.Client
	base string // http://127.0.0.1:5000/w/demo
}

// call sends a message to an RPC below /api/2.0/mlflow/ and reads the answer
// into into, which may be nil.
func (c *client) call(ctx context.Context, method, path string, message, into any) error {
	var body io.Reader
	address := c.base + "/api/2.0/mlflow/" + path
	if query, ok := message.(url.Values); ok {
		address += "?" + query.Encode()
	} else if message != nil {
		b, err := json.Marshal(message)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	return c.send(request, into)
}

func (c *client) post(ctx context.Context, path string, message, into any) error {
	return c.call(ctx, http.MethodPost, path, message, into)
}

// upload stores an artifact: uri is an artifact root as the server names it
// (mlflow-artifacts:/1/…/artifacts), path the place below it.
func (c *client) upload(ctx context.Context, uri, path string, content []byte) error {
	root, ok := strings.CutPrefix(uri, "mlflow-artifacts:/")
	if !ok {
		return fault.New(fault.Unsupported, "The artifacts of this experiment are at %s, which the demo cannot write.", uri)
	}
	address := c.base + "/api/2.0/mlflow-artifacts/artifacts/" + strings.TrimPrefix(root, "/") + "/" + path
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, address, bytes.NewReader(content))
	if err != nil {
		return err
	}
	return c.send(request, nil)
}

func (c *client) send(request *http.Request, into any) error {
	request.Header.Set("User-Agent", "tacit-demo")
	answer, err := c.http.Do(request)
	if err != nil {
		return fault.Because(err, fault.Unavailable, "tacit does not answer at %s.", c.base)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	if err != nil {
		return fault.Because(err, fault.Unavailable, "tacit broke off its answer.")
	}
	if answer.StatusCode/100 != 2 {
		return refusal(request, answer.StatusCode, body)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("demo: %s %s answered what is no JSON: %w", request.Method, request.URL.Path, err)
	}
	return nil
}

func refusal(request *http.Request, status int, body []byte) error {
	var told struct {
		Code    string `json:"error_code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &told)
	kind := fault.Invalid
	switch {
	case status == http.StatusNotFound:
		kind = fault.NotFound
	case told.Code == "RESOURCE_ALREADY_EXISTS":
		kind = fault.Exists
	case status >= http.StatusInternalServerError:
		kind = fault.Internal
	}
	return fault.New(kind, "%s %s answered %d: %s", request.Method, request.URL.Path, status, told.Message)
}
