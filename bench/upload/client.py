import os
import sys
import time

from mlflow.tracking import MlflowClient

file = sys.argv[1]
servers = []
for base in sys.argv[2:]:
    client = MlflowClient(tracking_uri=base, registry_uri=base)
    servers.append((client, client.create_run(client.create_experiment("upload")).info.run_id))
for line in sys.stdin:
    number, way = line.split()
    client, run = servers[int(number)]
    os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = str(way == "parts").lower()
    began = time.perf_counter()
    client.log_artifact(run, file)
    print(time.perf_counter() - began, flush=True)
