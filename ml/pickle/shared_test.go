package pickle

import "testing"

// TestShared: a state for what the loading process has one of stays there. CPython with
// dateutil, numpy, pandas and pytz kept an attribute of each of the first.
func TestShared(t *testing.T) {
	t.Parallel()
	state := attributes(str("a"), opNone)
	for name, on := range map[string][]byte{
		"the time zone UTC":                  calling("dateutil.tz.tz", "tzutc"),
		"one of pytz":                        calling("pytz", "_UTC"),
		"one of pytz by its name":            calling("pytz", "_p", str("UTC")),
		"the missing value":                  asm(fresh("pandas._libs.missing", "NAType")),
		"the missing time":                   calling("pandas._libs.tslibs.nattype", "_nat_unpickle"),
		"a time that is missing":             calling("pandas._libs.tslibs.timestamps", "Timestamp", str("NaT")),
		"a span that is missing":             calling("pandas", "Timedelta", str("NaT")),
		"a period that is missing":           asm(fresh("pandas._libs.tslibs.period", "Period")),
		"a type of periods":                  calling("pandas.core.dtypes.dtypes", "PeriodDtype", str("D")),
		"a flag of an identifier":            calling("uuid", "SafeUUID", opBinInt1, 0),
		"the same by NEWOBJ":                 asm(stackGlobal("uuid", "SafeUUID"), opBinInt1, 0, opTuple1, opNewObj),
		"a flag of expressions":              calling("re", "RegexFlag", opBinInt1, 2),
		"a member of a compiled enumeration": calling("pandas._libs.tslibs.dtypes", "Resolution", opBinInt1, 1),
		"the limits of a type":               asm(stackGlobal("numpy._core.getlimits", "finfo"), str("D"), opTuple1, opNewObj),
		"limits that copyreg asks for":       calling("copyreg", "_reconstructor", stackGlobal("numpy", "finfo"), stackGlobal("numpy", "finfo"), str("D")),
		"what stands for no argument":        asm(fresh("numpy._globals", "_NoValueType")),
		"a member of an enumeration's heir":  asm(stackGlobal("accelerate.utils.dataclasses", "DDPCommunicationHookType"), str("no"), opTuple1, opNewObj),
	} {
		for how, s := range map[string][]byte{"a state": state, "a state of slots": asm(opNone, state, opTuple2)} {
			if r := scan(t, asm(proto(4), on, s, opBuild, opStop)); r.Verdict < Suspicious || r.Status != Complete {
				t.Errorf("%s gets %s: %s, %s: %v", name, how, r.Verdict, r.Status, r.Findings)
			}
		}
	}
	for name, data := range map[string][]byte{
		"a time zone that copyreg makes":  asm(calling("copyreg", "_reconstructor", stackGlobal("dateutil.tz.tz", "tzoffset"), stackGlobal("builtins", "object"), opNone), state, opBuild),
		"the time zone of the computer":   asm(calling("dateutil.tz.tz", "tzlocal"), state, opBuild),
		"a type of intervals, made empty": asm(fresh("pandas.core.dtypes.dtypes", "IntervalDtype"), attributes(str("subtype"), opNone), opBuild),
		"limits that copyreg makes":       asm(calling("copyreg", "_reconstructor", stackGlobal("numpy", "finfo"), stackGlobal("builtins", "object"), opNone), attributes(str("bits"), opBinInt1, 64), opBuild),
		"limits, made of nothing":         asm(fresh("numpy", "finfo"), attributes(str("bits"), opBinInt1, 64), opBuild),
		"an identifier":                   asm(fresh("uuid", "UUID"), attributes(str("int"), opBinInt1, 1), opBuild),
		"a time and its zone":             calling("pandas._libs.tslibs.timestamps", "_unpickle_timestamp", opBinInt1, 1, opNone, calling("pytz", "_UTC"), opBinInt1, 10),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}
