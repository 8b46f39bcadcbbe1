"""Writes the .keras files beside it, and the .h5 files of ml/hdf5/testdata: what Keras and h5py themselves save.

    pip install keras jax h5py && KERAS_BACKEND=jax python make.py

Keras and h5py are Apache-2.0 and BSD-3; the files hold untrained weights made by this script.
"""
import pathlib

import h5py
import keras
import numpy as np
from keras import layers as L

here = pathlib.Path(__file__).resolve().parent
hdf5 = here.parent.parent / "hdf5" / "testdata"
keras.utils.set_random_seed(1)


def sequential():
    m = keras.Sequential([L.Input((4,)), L.Dense(3, activation="relu", kernel_regularizer="l2"), L.BatchNormalization(), L.Dropout(0.1), L.Dense(2, "softmax")])
    m.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2)])
    return m


def functional():
    a, b = L.Input((6, 3), name="a"), L.Input((3,), name="b")
    inner = keras.Sequential([L.Input((3,)), L.Dense(2, activation=keras.activations.gelu)], name="inner")
    x = L.TimeDistributed(inner)(a)
    x = L.Bidirectional(L.LSTM(2))(x)
    y = L.Dense(4, kernel_initializer=keras.initializers.HeNormal(), kernel_constraint=keras.constraints.MaxNorm(2.0))(b)
    z = keras.ops.concatenate([x, y * 2.0 + 1.0], axis=-1)
    z = L.LayerNormalization()(z)
    m = keras.Model([a, b], L.Dense(1, activation="sigmoid")(z))
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    m.compile(keras.optimizers.SGD(schedule), keras.losses.BinaryCrossentropy(label_smoothing=0.1), metrics=["mse", keras.metrics.AUC()])
    return m


def convolutional():
    m = keras.Sequential([L.Input((8, 8, 3)), L.Rescaling(1 / 255), L.RandomFlip(), L.Conv2D(2, 3, activation="leaky_relu"), L.DepthwiseConv2D(2),
                          L.MaxPooling2D(), L.GlobalAveragePooling2D(), L.UnitNormalization(), L.Dense(2)])
    m.compile("rmsprop", "mse")
    return m


def attention():
    i = L.Input((5,), dtype="int32")
    x = L.Embedding(7, 4, mask_zero=True)(i)
    x = L.MultiHeadAttention(2, 2)(x, x)
    x = L.Add()([x, L.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")(x)])
    return keras.Model(i, L.GRU(2)(x))


models = {"sequential": sequential(), "functional": functional(), "convolutional": convolutional(), "attention": attention()}
for name, m in models.items():
    m.save(here / f"{name}.keras")
    m.save(hdf5 / f"{name}.h5")
    m.save_weights(hdf5 / f"{name}.weights.h5")
x = np.random.default_rng(1).random((8, 4))
trained = sequential()
trained.fit(x, np.zeros(8), verbose=0)
trained.save(hdf5 / "trained.h5")
trained.save(here / "trained.keras")
(here / "functional.json").write_text(functional().to_json())

# What h5py writes otherwise: new file format, chunks, filters, many links and attributes.
for version in ("earliest", "latest"):
    with h5py.File(hdf5 / f"kinds_{version}.h5", "w", libver=version) as f:
        f["contiguous"] = np.arange(100.0)
        f.create_dataset("compact", data=np.arange(4), track_order=False)
        f.create_dataset("chunked", data=np.zeros((20, 20)), chunks=(5, 5), compression="gzip", shuffle=True, fletcher32=True)
        f.create_dataset("growing", data=np.arange(30), chunks=(8,), maxshape=(None,))
        f.create_dataset("growing2", data=np.zeros((9, 9)), chunks=(4, 4), maxshape=(None, None))
        f.create_dataset("single", data=np.zeros((4, 4)), chunks=(4, 4))
        f.create_dataset("empty", shape=(3,), dtype="f4")
        f.create_dataset("null", data=h5py.Empty("f4"))
        f["strings"] = ["one", "two"]
        f["scalar"] = 5
        f["records"] = np.zeros(3, dtype=[("a", "i4"), ("b", "f8", (2,)), ("c", "S3")])
        f["enum"] = np.array([True, False])
        f["type"] = np.dtype("f8")
        f["soft"] = h5py.SoftLink("/contiguous")
        f["hard"] = f["contiguous"]
        g = f.create_group("many", track_order=version == "latest")
        for i in range(40):
            g.create_group(f"group{i:02}").attrs["index"] = i
        for i in range(20):
            g.attrs[f"attribute{i}"] = f"value {i}" * 3
        f.attrs["long"] = "x" * 3000
        f.attrs["fixed"] = np.bytes_(b"fixed")
        f.attrs["names"] = np.array([b"a", b"bcd"])
        f.attrs["variable"] = np.array(["u", "vw"], dtype=h5py.string_dtype())
        f.attrs["reference"] = f["contiguous"].ref
        del f["scalar"]
