package story

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// guide gives the examples of docs/guide/NAME.md as one script, against the
// server at $ADDR.
func guide(name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "guide", name+".md"))
	if err != nil {
		return nil, err
	}
	var script strings.Builder
	script.WriteString("set -e\n")
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
		script.WriteString(strings.ReplaceAll(block[1], "127.0.0.1:5000", "$ADDR") + "\n")
	}
	return []byte(script.String()), nil
}

// curl is as much of curl as the guide uses, so that its examples run where
// there is none. A status of 500 or more fails.
func curl() {
	var (
		method      string
		data        []string
		target      string
		get, shows  bool
		header      = http.Header{"User-Agent": {"curl"}}
		args        = os.Args[1:]
		transport   = &http.Transport{}
		next        = func() (s string) { s, args = args[0], args[1:]; return s }
		contentType = "Content-Type"
	)
	for len(args) > 0 {
		switch arg := next(); arg {
		case "-s":
		case "-i":
			shows = true
		case "-G":
			get = true
		case "-X":
			method = next()
		case "-H":
			name, value, _ := strings.Cut(next(), ":")
			header.Set(name, strings.TrimSpace(value))
		case "-d":
			data = append(data, next())
		case "--data-urlencode":
			name, value, _ := strings.Cut(next(), "=")
			data = append(data, name+"="+url.QueryEscape(value))
		case "--unix-socket":
			socket := next()
			transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", socket) }
		default:
			if strings.HasPrefix(arg, "-") {
				stop("curl of the stories knows no %s", arg)
			}
			target = arg
		}
	}
	var body io.Reader
	switch {
	case get:
		target += "?" + strings.Join(data, "&")
	case data != nil:
		body = strings.NewReader(strings.Join(data, "&"))
		if method == "" {
			method = http.MethodPost
		}
		if header.Get(contentType) == "" {
			header.Set(contentType, "application/x-www-form-urlencoded")
		}
	}
	request, err := http.NewRequest(method, target, body)
	check(err)
	request.Header = header
	answer, err := (&http.Client{Transport: transport}).Do(request)
	check(err)
	if shows {
		fmt.Println(answer.Proto, answer.Status)
		for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
			fmt.Println(name + ": " + answer.Header.Get(name))
		}
		fmt.Println()
	}
	_, err = io.Copy(os.Stdout, answer.Body)
	check(err)
	fmt.Println()
	if answer.StatusCode >= http.StatusInternalServerError {
		stop("%s %s: %s", request.Method, target, answer.Status)
	}
}

// jq is as much of jq as the guide uses: jq -r .field.
func jq() {
	var object map[string]any
	check(json.NewDecoder(os.Stdin).Decode(&object))
	field, ok := object[strings.TrimPrefix(os.Args[2], ".")].(string)
	if os.Args[1] != "-r" || !ok {
		stop("jq of the stories finds no text %s in %v", os.Args[2], object)
	}
	fmt.Println(field)
}

func check(err error) {
	if err != nil {
		stop("%v", err)
	}
}

func stop(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
