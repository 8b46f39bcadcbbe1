package object

import (
	"slices"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// The classes of numpy's generators of random numbers, as an estimator holds the
// one that it was trained with. The State of a RandomState is the dict of its
// Mersenne twister; that of a Generator has two dicts, bit_generator and seed_seq,
// as numpy's attribute state gives them.
var (
	RandomState = Class{"numpy.random.mtrand", "RandomState"}
	Generator   = Class{"numpy.random._generator", "Generator"}
)

// bitGeneratorConstructor is called with the name or class of a bit generator.
const bitGeneratorConstructor = "numpy.random._pickle.__bit_generator_ctor"

// random is what the constructors of numpy's pickles give: of a generator, by the
// name of its bit generator and the constructor of that, or by a bit generator.
func (x *reader) random(v pickle.Value, name string, args []pickle.Value) (Value, error) {
	if len(args) > 2 || name != "random._pickle.__randomstate_ctor" && name != "random._pickle.__generator_ctor" {
		return nil, x.unsupported(v, "holds a generator of random numbers made by numpy.%s", name)
	}
	if len(args) == 2 {
		module, name, _ := x.g.Name(args[1])
		if args[1].Kind() != pickle.Global || module+"."+name != bitGeneratorConstructor {
			return nil, x.unsupported(v, "makes a generator of random numbers by %s.%s", module, name)
		}
		x.names[bitGeneratorConstructor] = true
	}
	state, err := x.value(x.g.State(v))
	if err != nil {
		return nil, err
	}
	seeds := Value(&Dict{Keys: []Value{"entropy"}, Values: []Value{int64(0)}})
	if len(args) > 0 && args[0].Kind() == pickle.Call {
		bits, from, err := x.bitGenerator(args[0])
		if err != nil {
			return nil, err
		}
		if from != nil {
			seeds = from
		}
		if state == nil {
			state = bits
		}
	}
	of, ok := state.(*Dict)
	if !ok {
		return nil, x.unsupported(v, "holds a generator of random numbers without a state")
	}
	kind, _ := of.Get("bit_generator")
	if name == "random._pickle.__randomstate_ctor" {
		if kind != "MT19937" {
			return nil, x.unsupported(v, "holds a generator of random numbers by %v", kind)
		}
		return &Instance{Class: RandomState, State: of}, nil
	}
	if !slices.Contains([]Value{"PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"}, kind) {
		return nil, x.unsupported(v, "holds a generator of random numbers by %v", kind)
	}
	return &Instance{Class: Generator, State: &Dict{Keys: []Value{"bit_generator", "seed_seq"}, Values: []Value{of, seeds}}}, nil
}

// bitGenerator is __bit_generator_ctor(PCG64) with its state, or with that and the
// seeds.
func (x *reader) bitGenerator(v pickle.Value) (state, seeds Value, err error) {
	module, name, _ := x.g.Name(v)
	args := x.g.Items(x.g.Args(v))
	if module+"."+name != bitGeneratorConstructor || len(args) != 1 {
		return nil, nil, x.unsupported(v, "makes a generator of random numbers by %s.%s", module, name)
	}
	x.take(v)
	if args[0].Kind() == pickle.Global {
		module, name, _ := x.g.Name(args[0])
		if !slices.Contains([]string{"numpy.random._pcg64", "numpy.random._mt19937", "numpy.random._philox", "numpy.random._sfc64"}, module) || !isClass(name) {
			return nil, nil, x.unsupported(v, "makes a generator of random numbers of %s.%s", module, name)
		}
		x.names[module+"."+name] = true
	}
	given := x.g.State(v)
	if given.Kind() != pickle.Tuple {
		state, err = x.value(given)
		return state, nil, err
	}
	both := x.g.Items(given)
	if len(both) != 2 {
		return nil, nil, x.unsupported(v, "gives a generator of random numbers a state that is not known")
	}
	if state, err = x.value(both[0]); err != nil {
		return nil, nil, err
	}
	if both[1].Kind() != pickle.Call {
		_, err = x.value(both[1]) // of a Mersenne twister that was seeded without
		return state, nil, err
	}
	seeds, err = x.seeds(both[1])
	return state, seeds, err
}

// take marks a call as the model's.
func (x *reader) take(v pickle.Value) {
	if module, name, ok := x.g.Name(v); ok {
		x.names[module+"."+name] = true
	}
	if n, at, ok := x.g.Node(v); ok {
		x.used[n], x.places[at] = true, true
	}
}

// seeds is __pyx_unpickle_SeedSequence(class, checksum, None) with the attributes
// entropy, n_children_spawned, pool, pool_size and spawn_key.
func (x *reader) seeds(v pickle.Value) (Value, error) {
	module, name, _ := x.g.Name(v)
	args := x.g.Items(x.g.Args(v))
	if module != "numpy.random.bit_generator" || name != "__pyx_unpickle_SeedSequence" || len(args) != 3 {
		return nil, x.unsupported(v, "makes seeds by %s.%s", module, name)
	}
	of, class, _ := x.g.Name(args[0])
	if of != module || class != "SeedSequence" || args[0].Kind() != pickle.Global {
		return nil, x.unsupported(v, "makes seeds of the class %s.%s", of, class)
	}
	x.take(v)
	x.names[of+"."+class] = true
	given := x.g.State(v)
	if args[2].Kind() != pickle.None {
		given = args[2]
	}
	made, err := x.value(given)
	state, ok := made.(*Tuple)
	if err != nil || !ok || len(state.Items) != 5 {
		return nil, x.unsupported(v, "makes seeds of a state that is not known")
	}
	s := state.Items
	return &Dict{Keys: []Value{"entropy", "spawn_key", "pool_size", "n_children_spawned"}, Values: []Value{s[0], s[4], s[3], s[1]}}, nil
}
