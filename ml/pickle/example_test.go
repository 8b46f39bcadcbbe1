package pickle_test

import (
	"fmt"
	"os"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// A pickle of protocol 0 that starts a program, and what loading it would do.
func ExampleScan() {
	data := pickle.Memory("cos\nsystem\n(S'echo hello'\ntR.")
	rules, err := pickle.NewVetting("")
	if err != nil {
		fmt.Println(err)
		return
	}
	report := pickle.Scan(data, int64(len(data)), rules, pickle.DefaultBudget())
	fmt.Println(report.Status, report.Verdict, report.Coverage.Parsed)
	if err := report.Why(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// complete malicious [{0 29}]
	// 00000000 GLOBAL           from os import system
	// 0000001b REDUCE           v1 = os.system('echo hello')  # CRITICAL: starts programs, or reaches the operating system
	// # the pickle at 0 ends at 29: stopped
}

// A loader asks for the values of a pickle.
func ExampleLoad() {
	data := pickle.Memory("(dS'trees'\nI100\nsS'rate'\nF0.3\ns.")
	rules, err := pickle.NewVetting("")
	if err != nil {
		fmt.Println(err)
		return
	}
	graph, err := pickle.Load(data, int64(len(data)), rules, pickle.DefaultBudget())
	if err != nil {
		fmt.Println(err)
		return
	}
	items := graph.Items(graph.Root)
	for i := 0; i < len(items); i += 2 {
		key, _ := graph.Text(items[i])
		if n, ok := graph.Int(items[i+1]); ok {
			fmt.Println(key, n)
		} else if f, ok := graph.Float(items[i+1]); ok {
			fmt.Println(key, f)
		}
	}
	// Output:
	// trees 100
	// rate 0.3
}
