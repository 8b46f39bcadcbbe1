package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

const (
	// attempts is how often a batch is sent at most.
	attempts = 6
	// mostPause bounds the pause between two, which doubles from a second.
	mostPause = 30 * time.Second
)

// collector posts batches of JSON lines.
type collector struct {
	address string
	token   string
	most    int // attempts for a batch
	http    *http.Client
	pause   func(context.Context, time.Duration) error
}

func newCollector(address string, o Options) *collector {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots}
	c := &collector{address: address, token: o.Token, most: attempts, http: &http.Client{Timeout: sendTime, Transport: transport, CheckRedirect: stay}, pause: pause}
	if o.Once {
		c.most = 1
	}
	return c
}

// stay follows no redirection: a client that does asks again without the batch, and
// takes the answer for that of who should have it.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Deliver posts the batch until the collector takes it.
func (c *collector) Deliver(ctx context.Context, batch []Message) error {
	if len(batch) == 0 {
		return nil
	}
	var body bytes.Buffer
	for _, m := range batch {
		body.Write(m.JSON)
		body.WriteByte('\n')
	}
	key := batch[0].Key + "-" + batch[len(batch)-1].Key + "-" + strconv.Itoa(len(batch))
	for attempt, wait := 1, time.Second; ; attempt, wait = attempt+1, min(2*wait, mostPause) {
		again, err := c.post(ctx, key, body.Bytes())
		if err == nil || !again || attempt == c.most {
			return err
		}
		if err := c.pause(ctx, wait); err != nil {
			return err
		}
	}
}

// post sends a batch once, and says whether to try again.
func (c *collector) post(ctx context.Context, key string, body []byte) (again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	request.Header.Set("Idempotency-Key", key)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return ctx.Err() == nil, fault.Because(err, fault.Unavailable, "The collector does not answer.")
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, 1<<20) // so that the connection is used again
	if answer.StatusCode < http.StatusMultipleChoices {
		return false, nil
	}
	if at := answer.Header.Get("Location"); at != "" && answer.StatusCode < http.StatusBadRequest {
		return false, fault.WithHint(fault.New(fault.Unavailable, "The collector answers %s, and takes nothing at this address.", answer.Status), "give the address that it leads to: %s", at)
	}
	again = answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= http.StatusInternalServerError
	return again, fault.New(fault.Unavailable, "The collector answers %s.", answer.Status)
}

// Close lets go of connections.
func (c *collector) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
