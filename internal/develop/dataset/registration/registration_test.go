package registration_test

import (
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestAddressesHaveNoCredentials(t *testing.T) {
	for origin, want := range map[string]string{
		"https://ada:secret@example.org/team/churn.git":          "https://example.org/team/churn.git",
		"https://ghp_token@example.org/team/churn.git?token=1#x": "https://example.org/team/churn.git",
		"git@example.org:team/churn.git":                         "git@example.org:team/churn.git",
		"ssh://git@example.org/churn.git":                        "ssh://example.org/churn.git",
		"https://ada:sec%ret@example.org/churn.git":              "",
		"example.org:team/churn.git":                             "example.org:team/churn.git",
		"/home/ada/churn":                                        "",
		"../churn":                                               "",
		"file:///home/ada/churn":                                 "",
		"javascript:alert(1)":                                    "",
		"data:text/html,x":                                       "",
		"https:example.org":                                      "",
		"ada:sec@example.org:churn.git":                          "",
		"git@example.org:churn\u202e.git":                        "",
		"anything at all":                                        "",
		"https://example.org/" + strings.Repeat("a", 600):        "",
		"": "",
	} {
		if got := registration.Address(origin); got != want || strings.Contains(got, "sec") {
			t.Errorf("%s: %s", origin, got)
		}
	}
}

func TestWhatIsNoRegistration(t *testing.T) {
	const md5, commit = "6fdb5336fce0dbfd669f83065f107551", "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	if id, err := (registration.Registration{MD5: md5 + ".dir", Path: "data/raw", Commit: commit}).ID(); err != nil || !id.Dir {
		t.Error(id, err)
	}
	for _, wrong := range []registration.Registration{
		{MD5: md5}, {MD5: "x", Path: "a"}, {MD5: md5, Path: "../a"}, {MD5: md5, Path: "/a"}, {MD5: md5, Path: "a\x00b"}, {MD5: md5, Path: "a\xffb"},
		{MD5: md5, Path: "a", Commit: "HEAD"}, {MD5: md5, Path: "a", Commit: strings.ToUpper(commit)}, {MD5: md5, Path: strings.Repeat("a", 1025)},
		{MD5: md5, Path: "a", Repository: "a\x00"},
	} {
		if _, err := wrong.ID(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
