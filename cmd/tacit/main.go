// Command tacit is the whole program: see internal/cli for its commands.
package main

import (
	"os"

	"github.com/tacit-ml/tacit/internal/cli"
)

func main() {
	os.Exit(cli.MainAs(os.Args[0], os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
