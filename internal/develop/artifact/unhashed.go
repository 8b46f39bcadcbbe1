//go:build unhashed

package artifact

const unhashed = true
