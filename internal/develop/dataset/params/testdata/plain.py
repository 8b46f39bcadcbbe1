# comment
import os
LR = 0.5
N = 3
NAME = "a" 'b'
T: int = 7
X = Y = 3
NEG = -2
TUP = 1, 2
D = {"a": 1, "b": {"c": [1, 2]}}
class Train:
    """doc"""
    epochs = 10
    rate: float = 1e-5
    class Deep: z = 0x10
    def __init__(self):
        self.hidden = [1, 2,
                       3]
        other = 5
    def run(self):
        self.no = 1
def f():
    q = 1
if True:
    r = 2
LAST = None
