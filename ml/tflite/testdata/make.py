"""Writes the .tflite files beside it.

    pip install tensorflow && python make.py

TensorFlow is Apache-2.0; the models are untrained.
"""
import pathlib

import keras
import numpy as np
import tensorflow as tf

here = pathlib.Path(__file__).resolve().parent
keras.utils.set_random_seed(1)
m = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)])
(here / "dense.tflite").write_bytes(tf.lite.TFLiteConverter.from_keras_model(m).convert())
conv = keras.Sequential([keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(2, 3, activation="relu"), keras.layers.MaxPooling2D(), keras.layers.Flatten(), keras.layers.Dense(4), keras.layers.Reshape((2, 2)), keras.layers.Softmax()])
c = tf.lite.TFLiteConverter.from_keras_model(conv)
c.optimizations = [tf.lite.Optimize.DEFAULT]
c.representative_dataset = lambda: ([np.random.default_rng(1).random((1, 8, 8, 3)).astype(np.float32)] for _ in range(3))
(here / "quantized.tflite").write_bytes(c.convert())


def convert(name, function, *specs, **settings):
    c = tf.lite.TFLiteConverter.from_concrete_functions([tf.function(function).get_concrete_function(*specs)])
    for key, value in settings.items():
        setattr(c, key, value)
    (here / name).write_bytes(c.convert())


square = tf.TensorSpec([2, 2])
convert("branch.tflite", lambda x: tf.cond(tf.reduce_sum(x) > 0, lambda: tf.nn.relu(x), lambda: x * 2.0), square)
convert("custom.tflite", lambda x: tf.linalg.inv(x), square, allow_custom_ops=True)
c = tf.lite.TFLiteConverter.from_concrete_functions([tf.function(lambda x: tf.linalg.inv(x)).get_concrete_function(square)])
c.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
(here / "flex.tflite").write_bytes(c.convert())
c = tf.lite.TFLiteConverter.from_concrete_functions([tf.function(lambda x: tf.io.read_file(x)).get_concrete_function(tf.TensorSpec([], tf.string))])
c.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
(here / "reads.tflite").write_bytes(c.convert())
