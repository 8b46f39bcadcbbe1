package pickle

// operations is what each byte does as an opcode.
func operations() [256]operation {
	return [256]operation{
		opMark: (*machine).mark, opStop: (*machine).stop, opPop: (*machine).popTop, opPopMark: (*machine).dropMark, opDup: (*machine).dup,
		opNone: constant(None, 0), opNewTrue: constant(Bool, 1), opNewFalse: constant(Bool, 0),
		opInt: (*machine).intLine, opLong: lineOf(Int), opFloat: lineOf(Float), opString: (*machine).stringLine, opUnicode: lineOf(Str),
		opBinInt: fixed(Int, 4), opBinInt1: fixed(Int, 1), opBinInt2: fixed(Int, 2), opBinFloat: fixed(Float, 8),
		opLong1: literal(Int, 1, false), opLong4: literal(Int, 4, true),
		opBinString: literal(Str, 4, true), opShortBinString: literal(Str, 1, false),
		opBinUnicode: literal(Str, 4, false), opShortBinUnicode: literal(Str, 1, false), opBinUnicode8: literal(Str, 8, false),
		opBinBytes: literal(Bytes, 4, false), opShortBinBytes: literal(Bytes, 1, false), opBinBytes8: literal(Bytes, 8, false),
		opByteArray8: literal(ByteArray, 8, false), opNextBuffer: (*machine).nextBuffer, opReadOnlyBuffer: (*machine).readOnlyBuffer,

		opEmptyList: empty(List), opEmptyDict: empty(Dict), opEmptySet: empty(Set), opEmptyTuple: (*machine).emptyTuple,
		opList: marked(List), opTuple: (*machine).tupleOfMark, opDict: marked(Dict), opFrozenSet: marked(FrozenSet),
		opTuple1: tupleOf(1), opTuple2: tupleOf(2), opTuple3: tupleOf(3),
		opAppend: (*machine).appendOne, opAppends: (*machine).appendMany, opSetItem: (*machine).setOne, opSetItems: (*machine).setMany,
		opAddItems: (*machine).addMany,

		opGet: (*machine).getLine, opBinGet: (*machine).get1, opLongBinGet: (*machine).get4,
		opPut: (*machine).putLine, opBinPut: (*machine).put1, opLongBinPut: (*machine).put4, opMemoize: (*machine).memoize,

		opProto: (*machine).setProto, opFrame: (*machine).frame,
		opGlobal: (*machine).global, opStackGlobal: (*machine).stackGlobal, opInst: (*machine).inst, opObj: (*machine).obj,
		opReduce: (*machine).reduce, opBuild: (*machine).build, opNewObj: (*machine).newObj, opNewObjEx: (*machine).newObjEx,
		opExt1: (*machine).ext1, opExt2: (*machine).ext2, opExt4: (*machine).ext4,
		opPersID: (*machine).persIDLine, opBinPersID: (*machine).persID,
	}
}
