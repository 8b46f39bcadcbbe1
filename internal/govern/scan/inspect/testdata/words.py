"""Writes the files in words/.    python words.py      Python 3.11 with gensim, thinc, spacy

Small files of real libraries: vectors of words, models of fastText, weights in MessagePack. All are harmless.
"""

import os

import gensim
import numpy as np
import spacy
from spacy.tokens import DocBin
from thinc.api import Relu, Softmax, chain

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "words")


def at(name):
    return os.path.join(folder, name)


texts = [["king", "queen", "man"], ["woman", "queen", "man"]] * 5
vectors = gensim.models.Word2Vec(texts, vector_size=5, min_count=1, seed=1, workers=1).wv
vectors.save_word2vec_format(at("word2vec.bin"), binary=True)
vectors.save_word2vec_format(at("word2vec.vec"))
gensim.models.fasttext.save_facebook_model(gensim.models.FastText(texts, vector_size=5, min_count=1, bucket=20, seed=1, workers=1), at("fasttext.bin"))
model = chain(Relu(4), Softmax(2))
model.initialize(X=np.zeros((2, 3), "f4"), Y=np.zeros((2, 2), "f4"))
model.to_disk(at("thinc.msgpack"))
nlp = spacy.blank("en")
with open(at("tokenizer.msgpack"), "wb") as f:
    f.write(nlp.tokenizer.to_bytes())
DocBin(docs=[nlp("A text of some words.")]).to_disk(at("documents.spacy"))
