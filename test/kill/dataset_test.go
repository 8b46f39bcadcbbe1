package kill

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pack"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/test/program"
)

// TestPushedObjectsSurvive has clients push objects alone, in packs and as folders while the server is killed under
// them: what was acknowledged is there byte for byte, and no listing is there without its files.
func TestPushedObjectsSurvive(t *testing.T) {
	s := program.New(t, program.Build(t))
	s.Start(t)
	p := &pushed{url: s.URL() + "/dvc/churn/", objects: map[object.ID]string{}, folders: map[object.ID][]object.ID{}}
	var group sync.WaitGroup
	var stop atomic.Bool
	defer func() {
		stop.Store(true)
		group.Wait()
	}()
	for writer := range clients {
		group.Go(func() {
			for n := 0; !stop.Load(); n++ {
				p.push(t, fmt.Sprintf("%d-%d ", writer, n), n%3)
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
	if len(p.objects) < clients || len(p.folders) == 0 {
		t.Fatalf("only %d objects and %d folders were taken", len(p.objects), len(p.folders))
	}
	for id, content := range p.objects {
		if got, status := p.get(t, id); status != http.StatusOK || got != content {
			t.Errorf("%s was taken, and is %d with %d bytes of %d", id, status, len(got), len(content))
		}
	}
	for listing, files := range p.folders {
		if _, status := p.get(t, listing); status != http.StatusOK {
			continue // it was not acknowledged, or it is among the objects
		}
		for _, id := range files {
			if _, status := p.get(t, id); status != http.StatusOK {
				t.Errorf("the listing %s is there and its file %s is not", listing, id)
			}
		}
	}
}

// pushed is what was sent, and what of it was acknowledged.
type pushed struct {
	url     string
	lock    sync.Mutex
	objects map[object.ID]string      // acknowledged
	folders map[object.ID][]object.ID // sent
}

func (p *pushed) took(id object.ID, content string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.objects[id] = content
}

// push sends an object alone, some in a pack, or a folder with its files.
func (p *pushed) push(t *testing.T, mark string, kind int) {
	large := strings.Repeat(mark, 1+kind*40_000)
	first, second := object.ID{Sum: md5.Sum([]byte(large))}, object.ID{Sum: md5.Sum([]byte(mark + "small"))}
	if kind == 0 {
		if p.send(first.Path(object.Current), []byte(large)) {
			p.took(first, large)
		}
		return
	}
	var b bytes.Buffer
	w := pack.NewWriter(&b)
	if err := w.Add(first, []byte(large)); err != nil {
		t.Error(err)
	}
	if err := w.Add(second, []byte(mark+"small")); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if p.send(".tacit/pack", b.Bytes()) {
		p.took(first, large)
		p.took(second, mark+"small")
	}
	if kind == 1 {
		return
	}
	text := fmt.Sprintf(`[{"md5": "%s", "relpath": "a"}, {"md5": "%s", "relpath": "b"}]`, first, second)
	listing := object.ID{Sum: md5.Sum([]byte(text)), Dir: true}
	p.lock.Lock()
	p.folders[listing] = []object.ID{first, second}
	p.lock.Unlock()
	if p.send(listing.Path(object.Current), []byte(text)) {
		p.took(listing, text)
	}
}

// send says whether the server acknowledged.
func (p *pushed) send(path string, body []byte) bool {
	r, err := http.Post(p.url+path, "application/octet-stream", bytes.NewReader(body))
	if err != nil {
		time.Sleep(2 * time.Millisecond) // it is down
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	return err == nil && r.StatusCode < http.StatusMultipleChoices
}

func (p *pushed) get(t *testing.T, id object.ID) (string, int) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), "GET", p.url+id.Path(object.Current), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(answer.Body)
	if _ = answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(content), answer.StatusCode
}
