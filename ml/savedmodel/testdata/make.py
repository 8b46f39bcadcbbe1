"""Writes what TensorFlow itself saves into folders beside it.

    pip install tensorflow tf-keras && python make.py

TensorFlow, Keras and tf-keras are Apache-2.0; the models are untrained.
"""
import pathlib
import shutil

import keras
import numpy as np
import tensorflow as tf
import tf_keras

here = pathlib.Path(__file__).resolve().parent
tf.random.set_seed(1)


def fresh(name):
    path = here / name
    shutil.rmtree(path, ignore_errors=True)
    return str(path)


class Plain(tf.Module):
    def __init__(self):
        self.w = tf.Variable(tf.random.normal([4, 2]), name="w")
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def __call__(self, x):
        if tf.reduce_sum(x) > 0:
            x = tf.nn.relu(x)
        return tf.matmul(x, self.w)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def look(self, words):
        return self.table.lookup(tf.strings.lower(words))


tf.saved_model.save(Plain(), fresh("plain"))


class Vocabulary(tf.Module):
    def __init__(self, path):
        init = tf.lookup.TextFileInitializer(path, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER)
        self.table = tf.lookup.StaticVocabularyTable(init, 1)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, words):
        return self.table.lookup(words)


words = here / "words.txt"
words.write_text("one\ntwo\n")
tf.saved_model.save(Vocabulary(str(words)), fresh("vocabulary"))
words.unlink()

m = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)])
m.export(fresh("exported"), verbose=False)
old = tf_keras.Sequential([tf_keras.layers.Input((4,)), tf_keras.layers.Dense(2, "relu"), tf_keras.layers.BatchNormalization()])
old.save(fresh("keras2"), save_format="tf", include_optimizer=False)
lambdas = tf_keras.Sequential([tf_keras.layers.Input((4,)), tf_keras.layers.Lambda(lambda x: x + 1)])
lambdas.save(fresh("keras2_lambda"), save_format="tf", include_optimizer=False)
p = Plain()
concrete = p.__call__.get_concrete_function()
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
(here / "frozen.pb").write_bytes(convert_variables_to_constants_v2(concrete).graph.as_graph_def().SerializeToString())


class Bad(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def __call__(self, x):
        tf.io.write_file("/tmp/written", x)
        tf.print("to a file", output_stream="file:///tmp/printed")
        return tf.io.read_file("/etc/passwd")


tf.saved_model.save(Bad(), fresh("bad"))


class Python(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
    def __call__(self, x):
        return tf.py_function(lambda v: v, [x], tf.float32)


tf.saved_model.save(Python(), fresh("python"))
for folder in here.iterdir():
    if folder.is_dir():
        for extra in ("assets", "variables"):
            if (folder / extra).is_dir() and not any((folder / extra).iterdir()):
                (folder / extra).rmdir()
