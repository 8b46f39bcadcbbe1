package inspect

import "github.com/tacit-ml/tacit/ml/pickle"

// Budget is what the inspection of one file may use. A budget that is used up
// makes the part inconclusive, and its reason names it.
type Budget struct {
	Depth   int   // of containers in containers
	Members int   // of all containers of a file together
	Bytes   int64 // decompressed, of all members together, also anew
	Ratio   int64 // of decompressed to compressed bytes of a member, once past a MiB, and of the file, once past 4 GiB
	Held    int64 // bytes of decompressed members in memory at once
	Spilled int64 // bytes in unlinked files at once
	Text    int64 // bytes of a text format that are read whole: JSON, YAML, XML
	Workers int   // files of a tree that are inspected at once, each within its own budget; 0 is one
	Pickle  pickle.Budget
}

// DefaultBudget lets every honest model of some hundred gigabytes through in 64
// MiB of memory.
func DefaultBudget() Budget {
	return Budget{
		Depth: 32, Members: 1 << 17, Bytes: 1 << 40, Ratio: 2000, Held: 24 << 20, Spilled: 16 << 30, Text: 64 << 20,
		Pickle: pickle.DefaultBudget(),
	}
}
