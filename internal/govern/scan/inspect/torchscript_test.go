package inspect

import "testing"

// TestTorchScriptLanguage: what torch.jit.save writes is of the language, of every
// version, and so is what Python could not run to any effect.
func TestTorchScriptLanguage(t *testing.T) {
	for _, text := range []string{
		"",
		"class Net(Module):\n  __parameters__ = [\"weight\", ]\n  __buffers__ = []\n  __annotations__ = []\n  __annotations__[\"0\"] = __torch__.torch.nn.modules.linear.___torch_mangle_7.Linear\n  weight : Tensor\n  training : bool\n  stride : Final[Tuple[int, int]] = (2, 2)\n  mode : Final[str] = \"zeros\\n\"\n" +
			"  def forward(self: __torch__.nets.Net,\n    input: Tensor,\n    n: int=1) -> Tensor:\n    _0 = __torch__.torch.nn.functional.relu\n    _1 = getattr(getattr(self.layers, \"0\"), \"1-a\")\n    open_ = (_1).forward(_0(input, False, ), )\n    if torch.__isnot__(input, None):\n      x = annotate(List[int], [])\n    else:\n      ops.prim.RaiseException(\"import os; os.system('id')\", \"builtins.ValueError\")\n      x = [n]\n" +
			"    for i in range(torch.len(x)):\n      y = torch.add(CONSTANTS.c0, x[i], alpha=1)\n    with self.guard as g:\n      pass\n    def __forked_function():\n      return y\n    z = fork(__forked_function)\n    a, b, = ops.prim.TupleUnpack(z)\n    if \"a\" in \"ab\":\n      return \"x\"\n    return (a).value\n  def eval(self: __torch__.nets.Net) -> float:\n    return float(\"inf\")\n",
		"op_version_set = 1\nimport __torch__.torch.nn.modules.linear\nclass A(Module):\n  x : __torch__.torch.nn.modules.linear.Linear\n",
		"class P(NamedTuple):\n  x : Tensor\nclass I(Interface):\n  def run(self, x: Tensor) -> Tensor:\n    pass\nclass C(Enum):\n  RED = 1\nclass B:\n  x : int\n  def __init__(self: __torch__.B) -> NoneType:\n    self.x = 1\n    return None\ndef make() -> __torch__.B:\n  b = __torch__.B.__new__(__torch__.B)\n  _2 = (b).__init__()\n  return b\n",
	} {
		if !isTorchScript(text) {
			t.Errorf("not of the language:\n%s", text)
		}
	}
}

// TestPythonIsNoTorchScript: whatever leads a program of Python out of its own
// values is not of the language.
func TestPythonIsNoTorchScript(t *testing.T) {
	for _, text := range []string{
		"import os\n", "import os; os.system(\"id\")\n", "from os import system\n", "x = 1\n", "print(1)\n", "\"\"\"text\"\"\"\n", "import __torch__, os\n", "import __torch__ as t, os\n",
		"class A(metaclass=M):\n  x : int\n", "class A(Base):\n  x : int\n", "@f\ndef g(x):\n  pass\n",
		"def f(x):\n  import os\n", "def f(x):\n  return eval(x)\n", "def f(x):\n  y = eval\n  return y(x)\n", "def f(x=exec(\"1\")):\n  pass\n", "def f(x):\n  return (open)(x)\n",
		"def f(x):\n  return __import__(\"os\").system(x)\n", "def f(x):\n  return ().__class__.__base__.__subclasses__()\n", "def f(x):\n  return print.__self__\n", "def f(x):\n  return f.__globals__\n",
		"def f(x):\n  return getattr(x, \"__class__\")\n", "def f(x):\n  return getattr(x, \"__cl\" \"ass__\")\n", "def f(x):\n  return getattr(x, x)\n", "def f(x):\n  return getattr(x, \"\\x5f_class_\\x5f\")\n", "def f(x):\n  g = getattr\n  return g(x, x)\n",
		"def f(x):\n  return f\"{x}\"\n", "def f(x):\n  return Rb\"x\"\n", "def f(x):\n  return [a for a in x]\n", "def f(x):\n  return (lambda: x)\n", "def f(x):\n  try:\n    pass\n", "def f(x):\n  yield x\n", "def f(x):\n  (y := x)\n",
		"def f(x):\n  return \uff45val(x)\n", "def f(x):\n  # a comment\rimport os\n  pass\n", "# coding: utf-7\ndef f(x):\n  pass\n", "def f(x):\n  return e\\\nval(x)\n", "def f(x):\n  return \"open\n", "class A:\n  x = __import__(\"os\")\n",
	} {
		if isTorchScript(text) {
			t.Errorf("of the language:\n%s", text)
		}
	}
}
