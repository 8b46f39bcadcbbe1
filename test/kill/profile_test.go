package kill

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/lake/duckdb"
	"github.com/tacit-ml/tacit/test/program"
)

// TestProfilesSurvive kills the server while its job looks into tables that were pushed:
// in the end each has the profile of its bytes, and none is taken for damaged.
func TestProfilesSurvive(t *testing.T) {
	if !duckdb.Linked() {
		t.Skip("this program was built without DuckDB")
	}
	s := program.New(t, program.Build(t))
	s.Start(t)
	p := &pushed{url: s.URL() + "/dvc/tables/", objects: map[object.ID]string{}, folders: map[object.ID][]object.ID{}}
	random := draw.Rand(t)
	want := map[object.ID]int{}
	for n := range kills(t) / 4 {
		pushTables(t, p, n, want)
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
		s.Kill(t)
		s.Start(t)
	}
	pushTables(t, p, -1, want) // has the job begin that the killed ones left
	for file, rows := range want {
		for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			state, got := profileOf(t, s.URL(), file)
			if state == "ready" && got == rows {
				break
			}
			if state == "failed" || state == "ready" || time.Now().After(deadline) {
				t.Fatalf("the table %s is %q with %d rows, want %d", file, state, got, rows)
			}
		}
	}
	s.Stop(t) // with what it has look into tables still, whose folders lie in the server's
}

// pushTables pushes a folder of two tables until it is acknowledged, and notes their rows.
func pushTables(t *testing.T, p *pushed, n int, want map[object.ID]int) {
	t.Helper()
	var parts []string
	for i := range 2 {
		rows := 1000*(i+1) + n
		table := "id,text\n" + strings.Repeat(fmt.Sprintf("%d,word\n", n), rows)
		id := object.ID{Sum: md5.Sum([]byte(table))}
		if !p.send(id.Path(object.Current), []byte(table)) {
			t.Fatalf("the table %s is not taken", id)
		}
		want[id] = rows
		parts = append(parts, fmt.Sprintf(`{"md5": "%s", "relpath": "%d.csv"}`, id, i))
	}
	text := "[" + strings.Join(parts, ", ") + "]"
	listing := object.ID{Sum: md5.Sum([]byte(text)), Dir: true}
	if !p.send(listing.Path(object.Current), []byte(text)) {
		t.Fatalf("the folder %s is not taken", listing)
	}
}

// profileOf is what the server says of a table.
func profileOf(t *testing.T, url string, file object.ID) (state string, rows int) {
	t.Helper()
	answer, err := http.Get(url + "/api/v1/data/tables/versions/" + file.String() + "/profile")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if _ = answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	var profile struct {
		State string `json:"state"`
		Rows  int    `json:"rows"`
	}
	if err := json.Unmarshal(body, &profile); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return profile.State, profile.Rows
}
