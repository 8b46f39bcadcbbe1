package inspect

import "testing"

// TestScratch: a file of a visit counts against its budget, and is given back.
func TestScratch(t *testing.T) {
	t.Parallel()
	v := newVisit(t.Context(), inspector(t), 1)
	v.budget.Spilled = 100
	for range 2 {
		file, err := v.pickleBudget().Scratch()
		if err != nil {
			t.Fatal(err)
		}
		for _, off := range []int64{0, 0, 60} {
			if _, err := file.WriteAt(make([]byte, 40), off); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := file.WriteAt(make([]byte, 1), 100); err == nil || v.spilled != 100 {
			t.Errorf("%v, %d bytes", err, v.spilled)
		}
		if err := file.Close(); err != nil || v.spilled != 0 {
			t.Errorf("%v, %d bytes", err, v.spilled)
		}
	}
}
