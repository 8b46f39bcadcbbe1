"""What vet.py reads of each wheel: modules, bases of classes elsewhere, functions."""
import re

# What of each distribution is read: module prefixes, or all.
ONLY = {
    "transformers": (
        "transformers.training_args", "transformers.trainer_utils", "transformers.trainer_callback", "transformers.trainer_pt_utils", "transformers.configuration_utils",
        "transformers.generation.configuration_utils", "transformers.tokenization_utils_base", "transformers.utils.generic", "transformers.integrations.",
        "transformers.debug_utils", "transformers.hyperparameter_search", "transformers.data.data_collator", "transformers.file_utils",
        "transformers.activations", "transformers.pytorch_utils", "transformers.modeling_", "transformers.image_utils", "transformers.image_processing_", "transformers.feature_extraction_",
        "transformers.models.timm_backbone.", "transformers.optimization", "transformers.pipelines.", "transformers.processing_utils", "transformers.cache_utils", "transformers.tokenization_",
        *("transformers.models.%s." % model for model in (
            "albert bart beit bert big_bird blip bloom camembert clip convnext deberta deberta_v2 deit detr dinov2 distilbert electra encoder_decoder falcon gemma gemma2 gemma3 "
            "gpt2 gpt_neo gpt_neox gptj hubert layoutlm layoutlmv3 llama longformer marian mbart mistral mixtral modernbert mpnet mt5 opt patchtst pegasus phi phi3 qwen2 qwen3 "
            "resnet roberta sam segformer siglip speecht5 swin t5 tapas time_series_transformer trocr vision_encoder_decoder vit wav2vec2 whisper xlm_roberta xlnet").split()),
    ),
    "mlflow_skinny": ("mlflow.models.", "mlflow.pyfunc.model", "mlflow.types.", "mlflow.entities."),
    "torch": ("torch.nn.", "torch.optim.", "torch.utils.data.dataset", "torch.utils.data.sampler", "torch.utils.data.dataloader", "torch.distributions.", "torch.utils.hooks", "torch.ao.", "torch.quantization.", "torch.nn", "torch.amp.", "torch.cuda.amp.", "torch.utils.data._utils.collate"),
    "polars": ("polars.datatypes.classes", "polars.schema"),
    "timm": ("timm.models.", "timm.layers."),
    "nltk": ("nltk.stem", "nltk.tokenize", "nltk.probability", "nltk.classify", "nltk.tag", "nltk.tree", "nltk.lm", "nltk.grammar", "nltk.collocations", "nltk.text", "nltk.chunk", "nltk.tbl", "nltk.collections", "nltk.redos", "nltk.util"),
    "networkx": ("networkx.classes", "networkx.exception", "networkx.algorithms.planarity"),
    "gensim": ("gensim.models", "gensim.corpora", "gensim.similarities"),
    "optuna": ("optuna.study", "optuna.trial", "optuna.samplers", "optuna.pruners", "optuna.distributions", "optuna.storages", "optuna.search_space", "optuna.terminator", "optuna.exceptions", "optuna._", "optuna.logging"),
    "accelerate": ("accelerate.utils.dataclasses", "accelerate.state"),
}
# Classes of these are bases of classes in other distributions.
BASES = ("torch", "scikit_learn", "pandas", "numpy", "scipy", "scikit_base", "joblib", "networkx", "transformers", "statsmodels", "pytorch_lightning", "timm")
# Functions are listed of these: their pickles name functions.
FUNCTIONS = ("scikit_learn", "numpy", "scipy", "pandas", "torch", "xgboost_cpu", "lightgbm", "category_encoders", "imbalanced_learn", "skops", "transformers", "gensim", "skrub", "optuna", "torchvision")
SKIP = re.compile(r"(^|\.)(tests?|testing|_testing|conftest|setup|_build_utils|externals|examples|benchmarks|_vendor|vendored|f2py|distutils|_distutils|doc|docs|compat\.pickle_compat|io)(\.|$)|(^|\.)(test_|bench_)")


def named(module, name):
    """Whether pickles come to name a function: those that estimators take for a parameter."""
    if module.startswith(("sklearn.", "xgboost.", "lightgbm.", "imblearn.", "category_encoders.")):
        return True
    if module in ("transformers.optimization", "gensim.models.tfidfmodel", "skrub._dataframe._common", "skrub._table_vectorizer", "skrub.selectors._selectors", "optuna.samplers._tpe.sampler", "optuna._gp.prior", "torch.utils.data._utils.collate", "torch.amp.grad_scaler", "torchvision.ops.boxes"):
        return True
    return not name.startswith("_") and module == "numpy" or not name.startswith("_") and module.startswith(("scipy._lib.array_api_compat.", "scipy.special", "scipy.spatial.distance", "scipy.stats._stats_py", "scipy.linalg._", "scipy.ndimage._", "scipy.sparse._construct", "scipy.stats._morestats",
        "pandas.core.reshape.", "pandas.core.tools.", "pandas.core.algorithms", "pandas.core.dtypes.missing", "torch.nn.functional", "torch.nn.init", "skops."))
