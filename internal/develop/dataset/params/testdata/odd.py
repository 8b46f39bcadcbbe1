x = 1; y = 2
s = r"a\n" + "b"
t = r"a\n"
u = "\u00e9\x41\101\n"
m = """two
lines"""
g = f"a"
e = []
et = ()
one = (1)
tup = (1,)
n = 1_000
o = 0o17
h = 0XfF
fl = .5
fe = 1e3
big = 123456789012345678901234567890
neg = -1.5
c = 2 * 3
call = dict(a=1)
a.b = 1
self.q = 2
d = {"i": 1, "k": (1, 2)}
if x: z = 1
class A(Base): pass
class B:
	v = True
	@property
	def p(self):
		self.no = 1
	def __init__(self, n=1):
		self.w: int = 3
		local = 4
		if n:
			self.deep = 5
after = "#no comment"  # comment
long = [1, # one
  2]
cont = \
  7
lam = lambda: 1
x += 5
w: "List[int]" = [1]
only: int
p = q = 1
i, j = 1, 2
*r, = 1, 2
