package pickle

import "testing"

// TestPictures: pictures of Pillow are data, and nothing is run by what their state unpacks.
func TestPictures(t *testing.T) {
	t.Parallel()
	picture := func(module, class string, state ...any) []byte {
		return asm(proto(4), stackGlobal(module, class), opEmptyTuple, opNewObj, asm(state...), opBuild, opStop)
	}
	plain := asm(opMark, opEmptyDict, str("L"), opBinInt1, 1, opBinInt1, 1, opTuple2, opNone, opShortBinBytes, 1, "\x00", opList)
	lazy := asm(stackGlobal("builtins", "map"), stackGlobal("os", "system"), opMark, str("id"), opList, opTuple2, opNewObj)
	for _, class := range [...][2]string{{"PIL.Image", "Image"}, {"PIL.PngImagePlugin", "PngImageFile"}, {"PIL.JpegImagePlugin", "JpegImageFile"}} {
		if r := scan(t, picture(class[0], class[1], plain)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%v: %s, %s, %v", class, r.Status, r.Verdict, r.Findings)
		}
		if r := scan(t, picture(class[0], class[1], lazy)); r.Verdict != Malicious {
			t.Errorf("%v of a map: %s, %v", class, r.Verdict, r.Findings)
		}
		called := asm(proto(4), stackGlobal(class[0], class[1]), str("a"), opTuple1, opReduce, opStop)
		if r := scan(t, called); r.Verdict == Clean {
			t.Errorf("%v is called: %s", class, r.Verdict)
		}
	}
}
