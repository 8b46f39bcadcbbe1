package pickle

import (
	"strings"
	"testing"
)

// TestGadgets: callables of published advisories and corpora, each of another
// way to run code, are known as dangerous and not only as unknown.
func TestGadgets(t *testing.T) {
	t.Parallel()
	v := vetting(t)
	n := 0
	for _, gadget := range strings.Fields(`
		importlib:import_module importlib.util:spec_from_file_location pkgutil:resolve_name pydoc:locate pydoc:pipepager _frozen_importlib:_load imp:load_source
		zipimport:zipimporter functools:reduce inspect:currentframe gc:get_objects types:CodeType types:FunctionType
		builtins:getattr.__self__ builtins:vars builtins:globals builtins:map builtins:__import__ builtins:eval builtins:exec builtins:compile builtins:open
		timeit:timeit cProfile:run cProfile:runctx profile:run pdb:run bdb:Bdb.run trace:Trace.run doctest:debug_script code:InteractiveInterpreter codeop:compile_command
		runpy:run_path runpy:_run_code idlelib.run:Executive.runcode idlelib.autocomplete:AutoComplete.get_entity idlelib.pyshell:ModifiedInterpreter.runcode
		lib2to3.pgen2.grammar:Grammar.loads lib2to3.pgen2.pgen:ParserGenerator.make_label numpy.f2py.crackfortran:getlincoef numpy.f2py.crackfortran:_eval_length numpy.testing._private.utils:runstring
		torch._dynamo.guards:GuardBuilder.get torch.fx.experimental.symbolic_shapes:ShapeEnv.evaluate_guards_expression torch.jit.unsupported_tensor_ops:execWrapper
		torch.jit.annotations:parse_type_line torch.utils.collect_env:run torch._inductor.codecache:compile_file torch.utils.bottleneck.__main__:run_cprofile
		torch.utils._config_module:ConfigModule.load_config torch.utils.data.datapipes.utils.decoder:basichandlers torch.distributed.rpc:rpc_sync torch:load
		pandas:eval pandas:read_pickle pandas.core.frame:DataFrame.query jinja2:Template.render subprocess:Popen subprocess:getoutput os:system posix:system nt:system
		os:popen os:execv pty:spawn multiprocessing.util:spawnv_passfds asyncio.unix_events:_UnixSubprocessTransport._start uuid:_get_command_stdout _osx_support:_read_output
		_aix_support:_read_cmd_output _pyrepl.pager:pipe_pager imaplib:IMAP4_stream mlflow.projects.utils:run distutils.spawn:spawn distutils.file_util:write_file platform:popen
		pip:main pip._internal:main ensurepip:_run_pip venv:create test.support.script_helper:assert_python_ok _interpreters:run_string _xxsubinterpreters:run_string
		ctypes:CDLL _ctypes:dlopen mmap:mmap pickle:loads _pickle:loads cloudpickle:loads dill:loads joblib:load shelve:open marshal:loads numpy:load
		keras.models:load_model torch.distributed.nn.api.remote_module:RemoteModule io:open _io:FileIO logging:FileHandler logging.config:listen shutil:rmtree tempfile:mktemp
		linecache:getlines fileinput:input pandas:read_csv urllib.request:urlopen requests.api:get aiohttp.client:ClientSession ssl:get_server_certificate smtplib:SMTP
		http.client:HTTPSConnection webbrowser:open sqlite3:connect tarfile:open zipfile:ZipFile sys:modules sys:settrace modelscan.modelscan:ModelScan picklescan.scanner:scan_file_path
		cloudpickle.cloudpickle:_make_function cloudpickle.cloudpickle:_make_skeleton_class dill._dill:_create_function dill._dill:_load_type commands:getoutput socket:create_connection
		copyreg:add_extension site:addpackage setuptools:setup concurrent.futures.process:_process_worker threading:Thread.run asyncio:run numpy.ctypeslib:load_library
		hydra.utils:instantiate hydra._internal.instantiate._instantiate2:_resolve_target langchain_core.load.load:loads langchain_core.utils.utils:guard_import langchain_core._import_utils:import_attr
		langchain_experimental.utilities.python:PythonREPL.worker llama_index.core.exec_utils:safe_exec transformers.dynamic_module_utils:get_class_from_dynamic_module werkzeug.utils:import_string
		django.utils.module_loading:import_string celery.utils.imports:symbol_by_name kombu.utils.imports:symbol_by_name dask.utils:import_required distributed.protocol.pickle:loads distributed.utils:import_file
		omegaconf._utils:_get_class pytorch_lightning.cli:instantiate_class keras.src.utils.python_utils:func_load jsonpickle:decode smolagents.local_python_executor:evaluate_python_code
		attr._make:_compile_and_eval dataclasses:_create_fn gettext:c2py patsy.eval:EvalEnvironment.eval typing:_eval_type annotationlib:ForwardRef.evaluate networkx.utils.decorators:argmap.compile
		gevent.subprocess:Popen ptyprocess:PtyProcess.spawn anyio:run_process pydot:call_graphviz matplotlib.testing:subprocess_run_helper gensim.utils:check_output uuid:_ifconfig_getnode
		traitlets:import_item unittest.mock:_importer sympy.external.importtools:import_module sysconfig:_import_from_directory mlflow.utils.class_utils:_get_class_from_string dask.threaded:get
		srsly:pickle_loads srsly.cloudpickle:loads ray.cloudpickle:loads sqlalchemy.ext.serializer:loads gensim.utils:unpickle networkx.readwrite.gpickle:read_gpickle nltk.data:load spacy:load torch.export:load
		cython:inline torch._ops:_Ops.load_library sympy.utilities.autowrap:autowrap xgboost.core:_load_lib concurrent.interpreters:create`) {
		n++
		module, name, _ := strings.Cut(gadget, ":")
		if r := v.Look(module, name); r.Class != ClassDangerous {
			t.Errorf("%s.%s is %s", module, name, r.Class)
		}
	}
	if n < 100 {
		t.Errorf("only %d", n)
	}
}
