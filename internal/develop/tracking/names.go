package tracking

import (
	"encoding/binary"
	"strconv"
)

var (
	adjectives = [...]string{"able", "amber", "brave", "bright", "calm", "clear", "clever", "crisp", "eager", "fair", "fleet", "gentle",
		"glad", "golden", "grand", "honest", "keen", "kind", "light", "lively", "lucky", "mellow", "merry", "noble", "patient", "placid",
		"proud", "quick", "quiet", "rapid", "silver", "smooth", "sound", "steady", "swift", "tidy", "vivid", "warm", "wise", "witty"}
	nouns = [...]string{"ant", "bear", "bee", "boar", "colt", "crab", "crane", "crow", "deer", "dove", "duck", "eel", "elk", "finch", "fox",
		"frog", "goat", "goose", "gull", "hare", "hawk", "heron", "horse", "ibex", "koi", "lark", "lynx", "mole", "moth", "newt", "otter",
		"owl", "perch", "quail", "ram", "seal", "shrew", "stork", "swan", "trout", "wren"}
)

// RandomName makes a name such as calm-otter-417 of four random bytes.
func RandomName(random []byte) string {
	n := binary.BigEndian.Uint32(random)
	a, n := n%uint32(len(adjectives)), n/uint32(len(adjectives))
	b, n := n%uint32(len(nouns)), n/uint32(len(nouns))
	return adjectives[a] + "-" + nouns[b] + "-" + strconv.Itoa(int(n%1000))
}
