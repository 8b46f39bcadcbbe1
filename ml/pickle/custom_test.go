package pickle

import "testing"

// What is done with an instance of a class that the pickle carries is custom code, as
// its making is, and nothing of another rule.
func TestInstancesOfCarriedClasses(t *testing.T) {
	t.Parallel()
	made := "ccloudpickle.cloudpickle\n_make_skeleton_class\n(I1\ntR)\x81"
	for name, text := range map[string]string{
		"made": made + ".", "given a state": made + "}X\x01\x00\x00\x00aI1\nsb.", "given an item": made + "I1\nI2\ns.", "extended": made + "I1\na.",
	} {
		r := scan(t, []byte("\x80\x02"+text))
		if r.Verdict != Suspicious || len(r.Findings) == 0 {
			t.Errorf("%s: %s %+v", name, r.Verdict, r.Findings)
		}
		for _, f := range r.Findings {
			if f.Rule != RuleCode || f.Severity != High {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
	called := scan(t, []byte("\x80\x02ccloudpickle.cloudpickle\n_make_function\n(I1\ntR)R."))
	if called.Verdict != Malicious {
		t.Errorf("a function that is called: %s", called.Verdict)
	}
}
