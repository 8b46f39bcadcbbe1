package remote

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// bearer gives tokens that a command prints. It is run when the first is asked for, and
// when one is not taken any more.
type bearer struct {
	command []string
	longest time.Duration

	lock  sync.Mutex
	token string
}

// newBearer reads a command as a shell would, which runs it not.
func newBearer(line string, longest time.Duration) (*bearer, error) {
	command, err := split(line)
	if err != nil {
		return nil, err
	}
	const usual = 30 * time.Second
	if longest == 0 {
		longest = usual
	}
	return &bearer{command: command, longest: longest}, nil
}

// Token gives a token that is not refused, the one that was.
func (b *bearer) Token(refused string) (string, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.token != "" && b.token != refused {
		return b.token, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.longest)
	defer cancel()
	said, err := exec.CommandContext(ctx, b.command[0], b.command[1:]...).Output()
	if err != nil {
		return "", fault.WithHint(fault.Because(err, fault.Denied, "The command of bearer_token_command gives no token: %s.", err), "run it by hand: %s", strings.Join(b.command, " "))
	}
	if b.token = strings.TrimSpace(string(said)); b.token == "" {
		return "", fault.New(fault.Denied, "The command of bearer_token_command gives an empty token.")
	}
	return b.token, nil
}

// split splits a line into words as Python's shlex does: quotes of both kinds, and a
// backslash outside of them and, before a quote or itself, in double ones.
func split(line string) (words []string, err error) {
	var word strings.Builder
	quote, began := rune(0), false
	letters := []rune(line)
	for i := 0; i < len(letters); i++ {
		r := letters[i]
		switch {
		case r == '\\' && quote != '\'' && i+1 < len(letters) && (quote == 0 || strings.ContainsRune(`"\`, letters[i+1])):
			i++
			word.WriteRune(letters[i])
			began = true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, began = r, true
		case quote == 0 && strings.ContainsRune(" \t\r\n", r):
			if began {
				words = append(words, word.String())
			}
			word.Reset()
			began = false
		default:
			word.WriteRune(r)
			began = true
		}
	}
	if began {
		words = append(words, word.String())
	}
	if quote != 0 || len(words) == 0 {
		return nil, fault.New(fault.Invalid, "bearer_token_command is no command: %s", line)
	}
	return words, nil
}
